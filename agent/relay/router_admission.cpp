// Which commands are relayed at all: what refuses them before the policy is asked, and who has to make room.
#include <algorithm>

#include "agent/relay/core/flatten.hpp"
#include "agent/relay/router.hpp"
#include "platform/clock.hpp"

namespace relay {

std::optional<Refusal> Router::refuse_before_policy(CommandFlags flags, realtime::SenderId sender) const {
    if (stopping_) return Refusal{Reason::stopping, *stopping_};
    if (flags.stale) {
        return Refusal{Reason::stale,
                       "The command waited while this machine was suspended or the agent's process stood still; it was "
                       "not carried out. Send it again if it still matters."};
    }
    const WallTime at = platform::wall_now();
    if (const Pause* const paused = pause(at)) {
        const auto left =
            paused->until ? "\"retryAfterMs\":" + std::to_string((*paused->until - at).count() * 1000) : "";
        return Refusal{Reason::busy, "The agent is paused " + paused->for_people(at) + '.', left};
    }
    if (auto refusal = refuse_for_want_of_room(sender)) return refusal;
    if (!audit_.refusal().empty()) return Refusal{Reason::denied, audit_.refusal()};
    return std::nullopt;
}

std::optional<Refusal> Router::refuse_for_want_of_room(realtime::SenderId sender) const {
    switch (flights_.room_for(sender, reader_.command().params.size())) {
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

void Router::forward_flattened(Flight& flight, const Command& command, Place place) {
    const Judgement flat = flatten(command.params, policy_);
    if (flat.kind == Judgement::Kind::bad_request) return answers_.refuse(flight, {Reason::bad_request, flat.message});
    forward(flight, command, place, flat.kind == Judgement::Kind::rewrite ? flat.params : command.params);
}

// A command that never ends must not keep its place from all who come later, and who is a stranger cannot be held to a
// share: the one that is there for longest goes.
std::optional<Refusal> Router::refuse_stranger() {
    if (!flights_.full_of_strangers()) return std::nullopt;
    Flight* const oldest = flights_.outstayed(platform::BootClock::now());
    if (oldest == nullptr) {
        return Refusal{Reason::overloaded, "Too many commands of senders that were not seen before are in flight (" +
                                               std::to_string(settings_.max_strangers_at_browser) +
                                               "); this one was not carried out."};
    }
    browser_.forget(oldest->ticket);
    answers_.refuse(
        *oldest,
        {Reason::overloaded,
         "The browser did not answer yet, and the place was needed for other senders: the command may or may not "
         "have taken effect."});
    return std::nullopt;
}

}  // namespace relay
