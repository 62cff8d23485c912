#include "agent/bridge/roll_call.hpp"

#include <algorithm>
#include <utility>

#include "agent/bridge/core/call_error.hpp"
#include "agent/bridge/core/device_card.hpp"
#include "agent/bridge/far_side.hpp"
#include "platform/text.hpp"

namespace bridge {
namespace {

using namespace net::experimental::awaitable_operators;
using namespace std::chrono_literals;

constexpr auto presence_limit = 10s;
/// For an agent that shows itself to say which browser it has.
constexpr auto info_limit = 5s;
constexpr Duration goodbye_grace = 100ms;
/// Agents that are asked at a time, on a connection each.
constexpr std::size_t asked_at_once = 8;

void note_answer(FarDevice& device, const Answer& answer) {
    if (answer.ok) device.browser = platform::clean(read_info(answer.result).browser);
    const CallError error = read_call_error(answer.error);
    if (!answer.ok && error.reason == "untrusted") device.refusal = error.message;
}

awaitable<void> ask(Controller& controller, const KeysOf& keys_of, FarDevice& device) {
    const Device named{device.uuid, device.name};
    const RollKeys with = keys_of(named);
    device.refusal = with.refusal;
    if (!with.refusal.empty()) co_return;
    FarSide far{controller.far_needs(), named, with.keys};
    const auto ask_it = [&far, &device]() -> awaitable<void> {
        Call call{.method = "Agent.getInfo"};
        call.timeout = info_limit;
        call.repeatable = true;
        call.last = true;
        const Answer answer = co_await far.call(std::move(call));
        note_answer(device, answer);
        far.stop(goodbye_grace);
    };
    auto asking = ask_it();
    co_await (far.run() && std::move(asking));
}

/// Those from `first` on, up to `end`, at the same time.
awaitable<void> ask_all(Controller& controller, const KeysOf& keys_of, std::vector<FarDevice*>& online,
                        std::size_t first, std::size_t end) {
    if (first >= end) co_return;
    co_await (ask(controller, keys_of, *online[first]) && ask_all(controller, keys_of, online, first + 1, end));
}

}  // namespace

void note_presence(RollCall& out, const PresenceLook& look) {
    out.presence_problem = look.problem;
    if (!look.roll.known()) return;
    for (FarDevice& device : out.devices) {
        const auto version = look.roll.version_of(device.uuid);
        device.online = version.has_value();
        device.version = platform::clean(version.value_or(""));
    }
}

awaitable<RollCall> call_the_roll(Controller& controller, KeysOf keys_of) {
    RollCall out;
    co_await controller.freshen();
    const pairing::RestAccess access = controller.rest();
    const pairing::DeviceList list = co_await pairing::list_devices(access);
    if (list.failure) {
        out.problem = "the devices could not be listed: " + list.failure->what;
        out.cause = list.failure->cause;
        co_return out;
    }
    for (const auto& [uuid, name] : list.devices) {
        FarDevice device;
        device.uuid = platform::clean(uuid);
        device.name = platform::clean(name);
        out.devices.push_back(std::move(device));
    }
    const Channel::Needs needs = controller.far_needs();
    const PresenceLook look = co_await look_at_presence(needs, presence_limit);
    note_presence(out, look);
    std::vector<FarDevice*> online;
    for (FarDevice& device : out.devices) {
        if (device.online.value_or(false)) online.push_back(&device);
    }
    for (std::size_t first = 0; first < online.size(); first += asked_at_once) {
        const std::size_t end = std::min(online.size(), first + asked_at_once);
        co_await ask_all(controller, keys_of, online, first, end);
    }
    co_return out;
}

}  // namespace bridge
