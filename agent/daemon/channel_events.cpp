#include "agent/daemon/channel_events.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "platform/json/tree.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"

namespace agent::daemon {
namespace {

using hooks::HookEvent;

/// The text of a live-activity-message that is kept and shown, in bytes.
constexpr std::size_t message_bytes = 120;

struct Row {
    HookEvent event;  // the channel's name for it is the hook's
    bool message;     // its text is shown; without a hook it is no news that nothing runs
};
constexpr std::array<Row, 4> table{{
    {HookEvent::vpn_on, false},
    {HookEvent::vpn_off, false},
    {HookEvent::open_sheet, false},
    {HookEvent::live_activity_message, true},
}};

}  // namespace

void ChannelEvents::on_broadcast(const realtime::Broadcast& broadcast) {
    if (!broadcast.topic.starts_with("device:")) return;
    for (const auto& row : table) {
        if (broadcast.event != name_of(row.event)) continue;
        if (!row.message) return hooks_.fire(row.event, broadcast.payload);
        keep_message(broadcast.payload);
        hooks_.fire_if_set(row.event, broadcast.payload);
        return health_.on_health();
    }
    // Anybody on the channel chooses the names: each is logged once, up to a bound.
    const auto name = platform::clean(broadcast.event);
    if (ignored_.take(name)) {
        platform::log::info("event {} on {}: nothing is done", name, platform::clean(broadcast.topic));
    }
}

void ChannelEvents::keep_message(std::string_view payload) {
    if (!hooks::is_readable_payload(payload)) return;
    const auto tree = platform::parse_json(payload);
    const auto text = tree ? platform::get_string(*tree, "message") : std::nullopt;
    state_.set_message(platform::clean(text.value_or(""), message_bytes));
}

}  // namespace agent::daemon
