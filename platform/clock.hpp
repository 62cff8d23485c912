// The clock behind every deadline: monotonic, and it goes on while the machine sleeps.
#pragma once

#include <time.h>

#include <boost/asio/basic_waitable_timer.hpp>

#include "platform/core/time_point.hpp"

namespace platform {

/// CLOCK_BOOTTIME as a chrono clock: a deadline that passes during a suspend has passed after it.
struct BootClock : BootTime {
    static TimePoint now() noexcept {
        timespec ts{};
#ifdef CLOCK_BOOTTIME
        ::clock_gettime(CLOCK_BOOTTIME, &ts);
#else
        ::clock_gettime(CLOCK_MONOTONIC, &ts);  // macOS: its CLOCK_MONOTONIC counts sleep already
#endif
        return TimePoint{std::chrono::seconds{ts.tv_sec} + std::chrono::nanoseconds{ts.tv_nsec}};
    }
};

/// The clock on the wall, which somebody may set: for what has a date.
inline std::chrono::sys_seconds wall_now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// The one timer type of this tree. Await it with `no_throw` (platform/net.hpp).
using Timer = boost::asio::basic_waitable_timer<BootClock>;

}  // namespace platform
