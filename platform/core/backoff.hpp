// How long to wait before the next try: full jitter under a doubling cap.
// Pure: the caller brings the random number and says how long the link held.
#pragma once

#include "platform/core/time_point.hpp"

namespace platform {

class Backoff {
  public:
    /// The first wait lies in [0, base], the n-th in [0, min(cap, base · 2^(n-1))].
    constexpr Backoff(Duration base, Duration cap, Duration held_after) noexcept
        : base_{base}, cap_{cap}, held_after_{held_after}, ceiling_{base} {}

    /// The next wait. `random` is uniform in [0, 1).
    Duration next(double random) noexcept;

    /// Call it with how long the link held, when it is lost: failures are forgotten only after a while.
    void held(Duration how_long) noexcept;

    /// The next wait will not exceed it.
    Duration ceiling() const noexcept { return ceiling_; }

  private:
    Duration base_;
    Duration cap_;
    Duration held_after_;
    Duration ceiling_;
};

/// A moment within [least, most], uniformly.
Duration spread(Duration least, Duration most, double random) noexcept;

}  // namespace platform
