#include "agent/relay/admission.hpp"

#include <fmt/core.h>

namespace relay {

const Pause* Admission::pause(WallTime now) const noexcept {
    return pause_ && !pause_->over(now) ? &*pause_ : nullptr;
}

std::optional<Refusal> Admission::refusal(const Arrival& arrival, WallTime now) const {
    if (stopping_) return Refusal{Reason::stopping, *stopping_};
    if (arrival.stale) {
        return Refusal{Reason::stale,
                       "The command waited while this machine was suspended or the agent's process stood still; it was "
                       "not carried out. Send it again if it still matters."};
    }
    if (auto paused = pause_refusal(now); paused && !arrival.at_pause) return paused;
    if (auto no_room = room_refusal(arrival)) return no_room;
    if (!audit_.refusal().empty()) return Refusal{Reason::denied, audit_.refusal()};
    return std::nullopt;
}

std::optional<Refusal> Admission::pause_refusal(WallTime now) const {
    const Pause* const paused = pause(now);
    if (paused == nullptr) return std::nullopt;
    Refusal refusal{Reason::busy, "The agent is paused " + paused->for_people(now) + '.'};
    if (paused->until) refusal.extra = "\"retryAfterMs\":" + std::to_string((*paused->until - now).count() * 1000);
    return refusal;
}

std::optional<Refusal> Admission::room_refusal(const Arrival& arrival) const {
    switch (flights_.room_for(arrival.sender, arrival.params_bytes)) {
        case Shares::Verdict::admitted:
            break;
        case Shares::Verdict::too_many:
            return Refusal{Reason::overloaded, "This sender has too many commands in flight (at most " +
                                                   std::to_string(settings_.max_in_flight) +
                                                   ", less while others have many too); this one was not carried out."};
        case Shares::Verdict::too_large:
            return Refusal{Reason::overloaded,
                           "The commands in flight are too large together; this one was not carried out."};
    }
    return std::nullopt;
}

// A command that never ends must not keep its place from all who come later, and who is a stranger cannot be held to a
// share: the one that is there for longest goes.
Admission::Place Admission::place_for_stranger(TimePoint now) {
    if (!flights_.full_of_strangers()) return {};
    if (Flight* const oldest = flights_.outstayed(now)) return {.evicted = oldest};
    return {.refusal =
                Refusal{Reason::overloaded, "Too many commands of senders that were not seen before are in flight (" +
                                                std::to_string(settings_.max_strangers_at_browser) +
                                                "); this one was not carried out."}};
}

Refusal Admission::evicted() {
    return {Reason::overloaded,
            "The browser did not answer yet, and the place was needed for other senders: the command may or may not "
            "have taken effect."};
}

Refusal Admission::overlong(std::uint64_t size, std::uint64_t limit) {
    return {
        Reason::too_large,
        fmt::format("The command's message of {} bytes is beyond the agent's realtime.read_limit ({} bytes); it was "
                    "not carried out. Send less at a time, or raise that setting.",
                    size, limit),
        fmt::format("\"size\":{},\"limit\":{}", size, limit)};
}

}  // namespace relay
