// The type of the times that decision code takes. It has no `now()`: time is an argument there.
#pragma once

#include <chrono>

/// Marks time points of CLOCK_BOOTTIME (monotonic, counts suspended time). platform/clock.hpp reads the clock.
struct BootTime {
    using rep = std::chrono::nanoseconds::rep;
    using period = std::chrono::nanoseconds::period;
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<BootTime>;
    static constexpr bool is_steady = true;
};

using TimePoint = BootTime::time_point;
using Duration = BootTime::duration;
