// How often our presence may be sent on a channel: the server closes one that makes more than five calls in 30 s. Pure.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "platform/core/time_point.hpp"

namespace realtime {

class PresencePace {
  public:
    /// One less than the server allows: the last one is kept for the untrack of an orderly stop.
    static constexpr std::size_t calls_max = 4;

    /// When one more call may leave; not before `now`. A tenth of the window is added, for calls that leave apart may
    /// arrive closer together.
    TimePoint ready_at(TimePoint now, Duration window) const noexcept {
        if (count_ < calls_max) return now;
        return std::max(now, calls_[count_ % calls_max] + window + window / 10);
    }
    void called(TimePoint now) noexcept { calls_[count_++ % calls_max] = now; }

    /// The channel was joined anew: the server counts from the start.
    void reset() noexcept { count_ = 0; }

  private:
    std::array<TimePoint, calls_max> calls_{};  // a ring: the oldest is overwritten
    std::size_t count_ = 0;
};

}  // namespace realtime
