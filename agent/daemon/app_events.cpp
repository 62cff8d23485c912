// What the links report: states for people and the service manager, and the events that are not commands.
#include "agent/daemon/app_impl.hpp"
#include "platform/json/tree.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"

#include <nlohmann/json.hpp>

namespace agent::daemon {
namespace {

namespace log = platform::log;

/// The text of a live-activity-message that is kept and shown, in bytes.
constexpr std::size_t message_bytes = 120;

}  // namespace

void App::Impl::watch_device() {
    DeviceWatchNeeds needs{.executor = io.get_executor(),
                           .network = network,
                           .config = bound,
                           .store = store,
                           .tokens = tokens,
                           .listener = *this};
    device = std::make_unique<DeviceWatch>(std::move(needs));
}

void App::Impl::on_status(const realtime::Status& status) {
    show_health();
    if (device) device->on_status(status);
    if (realtime::permanent(status.cause)) joined_or_stopped.cancel();
    if (status.state == shown) return;
    const bool was_joined = shown == realtime::State::joined;
    shown = status.state;
    log::set_common_field("BMC_STATE", to_string(shown));
    joined_or_stopped.cancel();
    if (status.state == realtime::State::joined) {
        // The next join asks for stored messages since now: an unpair that this machine slept through is among them.
        const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
        if (const Error ec = store.note_joined(now, device_served)) {
            log::warning("the time of the join is not kept, which credentials.max_offline counts from: {}",
                         store.explain(ec));
        }
        hooks.fire_if_set(hooks::HookEvent::joined);
    } else if (was_joined) {
        hooks.fire_if_set(hooks::HookEvent::lost);
    }
}

void App::Impl::on_other(const realtime::Broadcast& broadcast) {
    using hooks::HookEvent;
    if (device && device->on_broadcast(broadcast)) return;
    if (!broadcast.topic.starts_with("device:")) return;
    for (const auto event : {HookEvent::vpn_on, HookEvent::vpn_off, HookEvent::open_sheet}) {
        if (broadcast.event == name_of(event)) return hooks.fire(event, broadcast.payload);
    }
    if (broadcast.event == name_of(HookEvent::live_activity_message)) return on_message(broadcast);
    // Whoever may broadcast chooses the names: each is told once, and not all of them.
    const auto name = platform::clean(broadcast.event);
    if (ignored.take(name)) log::info("event {} on {}: nothing is done", name, platform::clean(broadcast.topic));
}

void App::Impl::on_message(const realtime::Broadcast& broadcast) {
    if (hooks::is_readable_payload(broadcast.payload)) {
        const auto tree = platform::parse_json(broadcast.payload);
        const auto text = tree ? platform::get_string(*tree, "message") : std::nullopt;
        message = platform::clean(text.value_or(""), message_bytes);
    }
    hooks.fire_if_set(hooks::HookEvent::live_activity_message, broadcast.payload);
    if (paired) on_status(paired->link_status());
}

}  // namespace agent::daemon
