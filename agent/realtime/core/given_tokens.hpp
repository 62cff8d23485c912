// Which token a refusal speaks of, and what follows from it. A token may be replaced while a join, an upgrade or a
// request with the old one is under way: what is said of the old one says nothing of the new one. Tokens are told
// apart by their generation (credentials::Tokens); 0 stands for none. Pure.
#pragma once

#include <cstdint>

#include "agent/realtime/core/failure.hpp"
#include "platform/core/time_point.hpp"

namespace realtime {

using Generation = std::uint64_t;

/// What is done after a refusal or a closure.
enum class NextTry : std::uint8_t {
    at_once,  // a newer token is there than the one that was refused
    fresh,    // another token is asked for, then at once; where none comes, as after `wait`
    wait,     // the time that the judgement names
};

struct Refusal {
    Class what = Class::unknown;
    Generation used = 0;            // of the token that it speaks of
    Generation present = 0;         // of the token that is there now
    Generation refused_before = 0;  // the last one that was refused
};

/// Each generation is tried once without a wait, so that a refusal of the newest one always waits.
constexpr NextTry after(const Refusal& refusal) noexcept {
    if (refusal.used == 0) return NextTry::wait;
    if (refusal.used != refusal.present && may_be_the_token(refusal.what)) return NextTry::at_once;
    if (wants_fresh_token(refusal.what) && refusal.used != refusal.refused_before) return NextTry::fresh;
    return NextTry::wait;
}

/// The tokens that the server was given for one channel: in its join, and pushed later on. The server confirms none
/// that is pushed, and closes the channel for the one before as for the new one.
class GivenTokens {
  public:
    /// A closure so long after a push, or later, speaks of the pushed token.
    static constexpr Duration settled_after = std::chrono::seconds{20};

    void joined_with(Generation generation) noexcept {
        newest_ = before_ = generation;
        pushed_ = TimePoint::min();
    }
    void pushed(Generation generation, TimePoint now) noexcept {
        before_ = judged(now);
        newest_ = generation;
        pushed_ = now;
    }
    /// The generation that a refusal or a closure at `now` speaks of, as far as the times say.
    Generation judged(TimePoint now) const noexcept {
        return pushed_ != TimePoint::min() && now < pushed_ + settled_after ? before_ : newest_;
    }
    Generation newest() const noexcept { return newest_; }

  private:
    Generation newest_ = 0;
    Generation before_ = 0;
    TimePoint pushed_ = TimePoint::min();
};

}  // namespace realtime
