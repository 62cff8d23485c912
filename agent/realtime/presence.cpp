#include "agent/realtime/presence.hpp"

#include <algorithm>

#include "agent/realtime/wait.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"

namespace realtime {

namespace {

void append_member(std::string& out, std::string_view name, std::string_view value) {
    out += ",\"";
    out += name;
    out += "\":";
    platform::append_quoted(out, value);
}

}  // namespace

Presence::Presence(const net::any_io_executor& executor, const Needs& needs, Pusher& pusher)
    : with_{needs}, pusher_{pusher}, timer_{executor} {}

void Presence::add(const Channel& channel, bool device) {
    tracked_.push_back({.channel = &channel, .device = device});
}

Presence::Tracked* Presence::find(const Channel& channel) noexcept {
    const auto is_it = [&channel](const Tracked& one) { return one.channel == &channel; };
    const auto found = std::find_if(tracked_.begin(), tracked_.end(), is_it);
    return found == tracked_.end() ? nullptr : &*found;
}

awaitable<void> Presence::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    for (;;) {
        const TimePoint again = show_due(platform::BootClock::now());
        const bool go_on = co_await wait_until(timer_, again);
        if (!go_on) co_return;
    }
}

/// Sends the presence updates that are due. Returns when the next one may be sent.
TimePoint Presence::show_due(TimePoint now) {
    TimePoint again = never;
    for (Tracked& one : tracked_) {
        if (!differs(one)) continue;
        const TimePoint allowed = one.pace.ready_at(now, with_.settings.presence_window);
        if (now < allowed) {
            again = std::min(again, allowed);
        } else if (with_.own.present) {
            track(one);
        } else {
            untrack(one);
        }
    }
    return again;
}

bool Presence::differs(const Tracked& tracked) const {
    if (tracked.channel->state() != Channel::State::joined || with_.tokens.credential() == nullptr) return false;
    if (tracked.shown != with_.own.present) return true;
    return tracked.shown && !tracked.device && tracked.name != device_name();
}

void Presence::joined(const Channel& channel) {
    Tracked* tracked = find(channel);
    if (tracked == nullptr) return;
    tracked->pace.reset();
    tracked->shown = false;
    if (with_.own.present) track(*tracked);
    timer_.cancel();  // a name that changed meanwhile, or a wait of the join before
}

void Presence::lost(const Channel& channel) noexcept {
    if (Tracked* tracked = find(channel)) tracked->shown = false;
}

void Presence::leaving(const Channel& channel) {
    Tracked* tracked = find(channel);
    if (tracked != nullptr && channel.state() == Channel::State::joined) untrack(*tracked);
}

void Presence::track(Tracked& tracked) {
    if (with_.stop_by || with_.tokens.credential() == nullptr) return;
    if (!tracked.device) tracked.name = device_name();
    pusher_.push(tracked.channel->join_ref(), tracked.channel->topic(), "presence", track_payload(tracked));
    tracked.shown = true;
    tracked.pace.called(platform::BootClock::now());
}

void Presence::untrack(Tracked& tracked) {
    pusher_.push(tracked.channel->join_ref(), tracked.channel->topic(), "presence",
                 R"({"type":"presence","event":"untrack"})");
    tracked.shown = false;
    tracked.pace.called(platform::BootClock::now());
}

std::string Presence::track_payload(const Tracked& tracked) const {
    const auto& settings = with_.settings;
    auto payload =
        fmt::format(R"({{"type":"presence","event":"track","payload":{{"joined_at":{})", with_.own.joined_at_ms);
    append_member(payload, "instance", settings.instance);
    append_member(payload, "version", settings.version);
    if (!tracked.device) {
        const auto& own_uuid = with_.tokens.credential()->device_uuid;
        append_member(payload, "device_uuid", settings.device_uuid.empty() ? own_uuid : settings.device_uuid);
        append_member(payload, "name", tracked.name);
        append_member(payload, "source", "cdp");
    }
    payload += "}}";
    return payload;
}

/// As presence shows it.
std::string Presence::device_name() const {
    const auto* credential = with_.tokens.credential();
    const auto& set = with_.settings.device_name;
    return platform::clean(!set.empty() || credential == nullptr ? set : credential->device_name, name_max);
}

bool Presence::closed_for_limits(const Channel& channel, std::string_view words) {
    if (words.find("presence") == std::string_view::npos) return false;
    if (++with_.own.closures < closures_max) return false;
    std::erase_if(tracked_, [&channel](const Tracked& one) { return one.channel == &channel; });
    platform::log::warning("realtime: {} is left alone: it was closed for presence limits {} times",
                           platform::clean(channel.name()), with_.own.closures);
    return true;
}

}  // namespace realtime
