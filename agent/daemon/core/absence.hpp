// For how long the backend has not seen this device, and when that is too long.
// Pure: the caller brings the time and what is known.
#pragma once

#include <chrono>

#include "platform/core/time_point.hpp"

namespace agent::daemon {

/// By the clock on the wall: the signs are kept over restarts. Zero: there is no such sign.
struct SignsOfLife {
    bool joined = false;                    // now
    std::chrono::sys_seconds paired{};      // this pairing
    std::chrono::sys_seconds last_here{};   // joined, as far as the store and this run know
    std::chrono::sys_seconds last_heard{};  // as the cloud link keeps it
};

/// Since the last sign; zero where it lies ahead of `now`, as after a clock was set back.
Duration absent_for(const SignsOfLife& signs, std::chrono::sys_seconds now) noexcept;

/// `limit` zero: no absence is too long.
bool absent_too_long(Duration absent, Duration limit) noexcept;

/// An absence counts in days; a clock that is set, or a machine that slept, is noticed within this time.
inline constexpr Duration absence_look = std::chrono::hours{1};

/// The wait before the next look: the absence may be too long by then.
Duration next_absence_look(Duration absent, Duration limit) noexcept;

}  // namespace agent::daemon
