// Presence: the agent tracks itself on the device channel and among all devices, and falls silent where another agent
// on the same device was there before.
#include <algorithm>
#include <limits>

#include "agent/realtime/session.hpp"
#include "agent/realtime/wait.hpp"
#include "platform/clock.hpp"
#include "platform/json_slice.hpp"
#include "platform/log.hpp"
#include "platform/text.hpp"

namespace realtime {

namespace log = platform::log;

namespace {

void append_member(std::string& out, std::string_view name, std::string_view value) {
    out += ",\"";
    out += name;
    out += "\":";
    platform::append_quoted(out, value);
}

/// Of the device's name, in bytes: the payload limit is the tenant's.
constexpr std::size_t name_max = 200;

}  // namespace

void Session::track(Seat& seat) {
    if (!seat.tracks || !link_.present || link_.stop_by) return;
    const auto* credential = link_.tokens.credential();
    if (credential == nullptr) return;
    payload_ = R"({"type":"presence","event":"track","payload":{"joined_at":)" + std::to_string(link_.joined_at_ms);
    append_member(payload_, "instance", link_.settings.instance);
    append_member(payload_, "version", link_.settings.version);
    if (!seat.device) {
        const auto& settings = link_.settings;
        append_member(payload_, "device_uuid",
                      settings.device_uuid.empty() ? credential->device_uuid : settings.device_uuid);
        seat.shown_name = device_name();
        append_member(payload_, "name", seat.shown_name);
        append_member(payload_, "source", "cdp");
    }
    payload_ += "}}";
    push(seat.channel.join_ref(), seat.channel.topic(), "presence", payload_);
    seat.tracked = true;
    seat.presence_pace.called(platform::BootClock::now());
}

void Session::untrack(Seat& seat) {
    if (!seat.tracked || seat.channel.state() != Channel::State::joined) return;
    push(seat.channel.join_ref(), seat.channel.topic(), "presence", R"({"type":"presence","event":"untrack"})");
    seat.tracked = false;
    seat.presence_pace.called(platform::BootClock::now());
}

/// As presence shows it.
std::string Session::device_name() const {
    const auto* credential = link_.tokens.credential();
    const auto& settings = link_.settings;
    if (!settings.device_name.empty() || credential == nullptr) return platform::clean(settings.device_name, name_max);
    return platform::clean(credential->device_name, name_max);
}

bool Session::presence_differs(const Seat& seat) const {
    if (!seat.tracks || seat.channel.state() != Channel::State::joined || link_.tokens.credential() == nullptr) {
        return false;
    }
    if (seat.tracked != link_.present) return true;
    return seat.tracked && !seat.device && seat.shown_name != device_name();
}

TimePoint Session::show_presence(TimePoint now) {
    TimePoint again = never;
    if (closing_) return again;
    for (Seat& seat : seats_) {
        if (!presence_differs(seat)) continue;
        const TimePoint allowed = seat.presence_pace.ready_at(now, link_.settings.presence_window);
        if (now < allowed) {
            again = std::min(again, allowed);
        } else if (link_.present) {
            track(seat);
        } else {
            untrack(seat);
        }
    }
    return again;
}

void Session::follow_present() {
    judge_twins();
    wake();
}

void Session::on_presence(Told told, const Frame& frame) {
    const bool read =
        told == Told::presence_state ? presence_.on_state(frame.payload) : presence_.on_diff(frame.payload);
    if (!read) ++link_.status.counters.frames_unreadable;
    judge_twins();
}

/// Relays nothing and answers nothing while an elder agent of the same device is on the channel. Presence says at once
/// when it goes.
void Session::judge_twins() {
    // One that is absent (a person has its machine) comes after everybody who is there: two would answer else.
    const auto since = link_.present ? link_.joined_at_ms : std::numeric_limits<std::uint64_t>::max();
    const Member* elder = presence_.elder_of(link_.settings.instance, since);
    const bool silent = elder != nullptr && !link_.settings.instance.empty();
    if (silent == link_.status.silenced) return;
    link_.status.silenced = silent;
    if (silent) {
        link_.warn("another agent of this same device is on the channel (instance " + platform::clean(elder->instance) +
                   ") and was there before: this one relays nothing until it goes; stop one of them, or pair this "
                   "machine as a device of its own (agent --unpair, then agent --pair)");
    } else {
        link_.warn({});
        log::info("realtime: the other agent of this device is gone: relaying again");
    }
}

void Session::count_presence_closure(Seat& seat, std::string_view words) {
    if (words.find("presence") == std::string_view::npos) return;
    if (++link_.presence_closures < presence_closures_max) return;
    seat.tracks = false;
    seat.not_before = never;
    log::warning("realtime: {} is left alone: it was closed for presence limits {} times",
                 platform::clean(seat.channel.name()), link_.presence_closures);
}

}  // namespace realtime
