#include "agent/bridge/roll_call.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/bridge/far_side.hpp"
#include "agent/bridge/presence_look.hpp"
#include "platform/json/tree.hpp"
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

awaitable<void> ask(Controller& controller, FarDevice& device) {
    FarSide far{controller.far_needs(), Device{device.uuid, device.name}};
    const auto ask_it = [&far, &device]() -> awaitable<void> {
        Call call{.method = "Agent.getInfo"};
        call.timeout = info_limit;
        call.repeatable = true;
        const Answer answer = co_await far.call(std::move(call));
        const auto tree = platform::parse_json(answer.result);
        const auto* const browser = answer.ok && tree ? platform::find(*tree, "browser") : nullptr;
        if (browser != nullptr)
            device.browser = platform::clean(platform::get_string(*browser, "product").value_or(""));
        far.stop(goodbye_grace);
    };
    auto asking = ask_it();
    co_await (far.run() && std::move(asking));
}

/// Those from `first` on, up to `end`, at the same time.
awaitable<void> ask_all(Controller& controller, std::vector<FarDevice*>& online, std::size_t first, std::size_t end) {
    if (first >= end) co_return;
    co_await (ask(controller, *online[first]) && ask_all(controller, online, first + 1, end));
}

void note_presence(RollCall& out, const PresenceLook& look) {
    const auto online = look.state ? read_presence(*look.state) : std::nullopt;
    out.presence_problem = look.state && !online ? "what the backend tells of presence cannot be read" : look.problem;
    if (!online) return;
    out.presence_problem.clear();
    for (FarDevice& device : out.devices) {
        const auto found = online->find(device.uuid);
        device.online = found != online->end();
        if (*device.online) device.version = found->second;
    }
}

}  // namespace

std::optional<std::map<std::string, std::string>> read_presence(std::string_view payload) {
    const auto tree = platform::parse_json(payload);
    if (!tree || !tree->is_object()) return std::nullopt;
    std::map<std::string, std::string> versions;
    for (const auto& one : *tree) {
        const auto* const metas = platform::find(one, "metas");
        if (metas == nullptr || !metas->is_array()) continue;
        for (const auto& meta : *metas) {
            const auto uuid = platform::get_string(meta, "device_uuid");
            if (uuid) versions[*uuid] = platform::clean(platform::get_string(meta, "version").value_or(""));
        }
    }
    return versions;
}

awaitable<RollCall> call_the_roll(Controller& controller) {
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
    const PresenceLook look = co_await look_at_presence(needs, "devices:all", presence_limit);
    note_presence(out, look);
    std::vector<FarDevice*> online;
    for (FarDevice& device : out.devices) {
        if (device.online.value_or(false)) online.push_back(&device);
    }
    for (std::size_t first = 0; first < online.size(); first += asked_at_once) {
        const std::size_t end = std::min(online.size(), first + asked_at_once);
        co_await ask_all(controller, online, first, end);
    }
    co_return out;
}

}  // namespace bridge
