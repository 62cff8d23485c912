#include "agent/bridge/channel.hpp"

#include <utility>

#include "agent/realtime/core/carried.hpp"
#include "agent/realtime/core/raw_payload.hpp"
#include "agent/realtime/status.hpp"
#include "platform/crypto.hpp"

namespace bridge {
namespace {

/// Of randomness, in front of every id.
constexpr std::size_t id_bytes = 8;

realtime::Settings settings_for(const realtime::Settings& of_agent, const std::string& uuid) {
    realtime::Settings settings = realtime::settings_of_visitor(of_agent);
    settings.main_topic = "device:" + uuid;
    settings.purpose = "the channel of device " + uuid;
    return settings;
}

}  // namespace

Channel::Channel(const Needs& needs, std::string uuid, ChannelListener& listener)
    : listener_{listener},
      settings_{settings_for(needs.settings, uuid)},
      link_{needs.executor, needs.network, settings_, needs.tokens, *this},
      prefix_{"c-" + platform::hex(platform::random_bytes(id_bytes)) + "-"} {}

awaitable<void> Channel::run() {
    co_await link_.run();
}

realtime::Ticket Channel::send(std::string payload, realtime::SenderId author, Sending how) {
    const realtime::Ticket ticket = ++last_ticket_;
    realtime::Message message{ticket, realtime::Lane::answer, "cdp-command", std::move(payload)};
    message.sender = author;
    message.streamed = how == Sending::streamed || how == Sending::raw;
    message.raw = how == Sending::raw;
    message.once = how == Sending::once;
    return link_.publish(std::move(message)) ? ticket : 0;
}

std::string Channel::why_not() const {
    const realtime::Status& status = link_.status();
    if (status.state != realtime::State::joined) {
        return status.reason.empty() ? "the channel is not joined yet" : status.reason;
    }
    return status.not_accepted;
}

realtime::Cause Channel::cause() const {
    return link_.status().cause;
}

bool Channel::carries(std::string_view json) const {
    return realtime::uncarried(settings_.vsn, json).empty();
}

bool Channel::carries_bytes() const noexcept {
    return realtime::carries_bytes(settings_.vsn);
}

void Channel::on_broadcast(const realtime::Broadcast& broadcast) {
    if (broadcast.replayed) return;
    if (broadcast.raw) return on_raw(broadcast);
    if (broadcast.event == "cdp-result") return listener_.on_result(broadcast.payload);
    if (broadcast.event == "cdp-event") listener_.on_client_event(broadcast.payload, {});
}

/// Nothing else comes raw.
void Channel::on_raw(const realtime::Broadcast& broadcast) {
    const auto parts = realtime::split_raw(broadcast.payload);
    if (broadcast.event == "cdp-event" && !parts.bytes.empty()) listener_.on_client_event(parts.text, parts.bytes);
}

void Channel::on_event(std::string_view, std::string_view event, std::string_view) {
    if (event == "presence_diff") listener_.on_presence();
}

void Channel::on_status(const realtime::Status& status) {
    const bool joined = status.state == realtime::State::joined;
    const bool barred = status.state == realtime::State::waiting && realtime::permanent(status.cause);
    if (joined || barred) barred_ = barred;
    const bool changed = std::exchange(joined_, joined) != joined;
    if (changed) listener_.on_joined(joined);
    if (barred) listener_.on_barred();
}

}  // namespace bridge
