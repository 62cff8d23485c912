#include "platform/suspend_watch.hpp"
#include "platform/os_error.hpp"

#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstdint>

namespace platform {
namespace {

Duration read_clock(clockid_t which) {
    timespec now{};
    ::clock_gettime(which, &now);
    return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

/// How far the clocks are apart: what a sleep and a clock that is set change.
struct Clocks {
    Duration asleep = read_clock(CLOCK_BOOTTIME) - read_clock(CLOCK_MONOTONIC);
    Duration wall = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_BOOTTIME);
};

/// The clocks are read one after the other: less than this is no sleep.
constexpr std::chrono::milliseconds shortest_sleep{10};

}  // namespace

struct SuspendWatch::Impl {
    explicit Impl(net::any_io_executor executor) : timer(std::move(executor)), failed(arm()) {}

    /// A timer that never fires, but which the kernel cancels when the wall clock jumps.
    Error arm() {
        if (!timer.is_open()) {
            const int number = ::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
            if (number < 0) return last_error();
            timer.assign(number);
        }
        itimerspec never{};
        never.it_value.tv_sec = INT32_MAX;
        never.it_value.tv_sec *= 1000;
        const int flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
        const bool armed = ::timerfd_settime(timer.native_handle(), flags, &never, nullptr) == 0;
        // "Cancelled" here: armed, and the clock was set just now, which the clocks read afterwards will show.
        if (!armed && errno != ECANCELED) return last_error();
        return {};
    }

    Wakeup since_last() {
        const Clocks now;
        Wakeup seen;
        seen.slept = now.asleep - before.asleep;
        seen.stepped = now.wall - before.wall;
        seen.kind = seen.slept >= shortest_sleep ? WakeupKind::resumed : WakeupKind::clock_changed;
        before = now;
        return seen;
    }

    net::posix::stream_descriptor timer;
    Clocks before;
    Error failed;
};

SuspendWatch::SuspendWatch(net::any_io_executor executor) : impl_(std::make_unique<Impl>(std::move(executor))) {}
SuspendWatch::~SuspendWatch() = default;

// The timer stays armed between two waits: the next wait reports what happens there.
awaitable<Result<Wakeup>> SuspendWatch::next() {
    for (;;) {
        if (impl_->failed) co_return impl_->failed;
        const auto [ec] = co_await impl_->timer.async_wait(net::posix::stream_descriptor::wait_read, no_throw);
        if (ec) co_return ec;
        std::uint64_t fired = 0;
        const auto n = ::read(impl_->timer.native_handle(), &fired, sizeof fired);
        if (n < 0 && errno == ECANCELED) {
            impl_->failed = impl_->arm();
            co_return impl_->since_last();
        }
        if (n < 0 && errno != EAGAIN && errno != EINTR) co_return last_error();
    }
}

}  // namespace platform
