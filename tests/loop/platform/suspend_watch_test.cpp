#include "platform/suspend_watch.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <string_view>

#include "peer.hpp"

namespace tests {
namespace {

using namespace net::experimental::awaitable_operators;
using platform::SuspendWatch;
using platform::Wakeup;
using platform::WakeupKind;

awaitable<bool> is_quiet_for(SuspendWatch& watch, Duration time) {
    const auto executor = co_await net::this_coro::executor;
    platform::Timer timer(executor);
    timer.expires_after(time);
    const auto first = co_await (watch.next() || timer.async_wait(no_throw));
    co_return first.index() == 1;
}

TEST(Wakeup, NothingHappensWhenNothingHappens) {
    net::io_context io;
    SuspendWatch watch(io.get_executor());
    EXPECT_TRUE(run(io, is_quiet_for(watch, 100ms)));
    EXPECT_TRUE(run(io, is_quiet_for(watch, 100ms))) << "a cancelled wait may be repeated";
}

// Sets the clock to what it shows: an event for the kernel, and none for anybody else. It is set before each wait
// begins: nothing that happens between two waits may be lost.
TEST(Wakeup, SetClockIsTold) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    if (::clock_settime(CLOCK_REALTIME, &now) != 0) GTEST_SKIP() << "setting the clock needs CAP_SYS_TIME";
    net::io_context io;
    SuspendWatch watch(io.get_executor());
    for (int i = 0; i < 3; ++i) {
        ::clock_gettime(CLOCK_REALTIME, &now);
        ASSERT_EQ(::clock_settime(CLOCK_REALTIME, &now), 0);
        const Result<Wakeup> told = run(io, watch.next(), 5s);
        ASSERT_TRUE(told) << told.error().message();
        EXPECT_EQ(told->kind, WakeupKind::clock_changed);
        EXPECT_LT(std::chrono::abs(told->stepped), 1s);
    }
    EXPECT_TRUE(run(io, is_quiet_for(watch, 50ms)));
}

constexpr auto nap = 1h;

/// Moves this process, which must have one thread, to a time namespace in which CLOCK_BOOTTIME is ahead, and tells the
/// kernel's timers that clocks were set: what is seen of a suspend after it.
bool sleep_without_sleeping() {
    constexpr std::string_view ahead = "boottime 3600 0\n";
    if (::unshare(CLONE_NEWTIME) != 0) return false;
    const int offsets = ::open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
    const bool written = ::write(offsets, ahead.data(), ahead.size()) == static_cast<ssize_t>(ahead.size());
    ::close(offsets);
    const int entered = ::open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
    if (!written || ::setns(entered, CLONE_NEWTIME) != 0) return false;
    ::close(entered);
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return ::clock_settime(CLOCK_REALTIME, &now) == 0;
}

/// In the child: 0, or what went wrong.
int watch_a_sleep() {
    net::io_context io;
    SuspendWatch watch(io.get_executor());
    platform::Timer deadline(io, platform::BootClock::now() + nap);
    if (!sleep_without_sleeping()) return 1;
    const Result<Wakeup> told = run(io, watch.next(), 5s);
    if (!told || told->kind != WakeupKind::resumed) return 2;
    if (std::chrono::abs(told->slept - nap) > 1s) return 3;
    // What was to end during the sleep has ended.
    const auto passed = [&]() -> awaitable<bool> {
        co_await deadline.async_wait(no_throw);
        co_return true;
    };
    return run(io, passed(), 5s) ? 0 : 4;
}

TEST(Wakeup, SleepIsToldWithItsLengthAndDeadlinesHavePassed) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(watch_a_sleep());
    int how = 0;
    ASSERT_EQ(::waitpid(child, &how, 0), child);
    ASSERT_TRUE(WIFEXITED(how));
    EXPECT_EQ(WEXITSTATUS(how), 0) << "1: time namespaces and setting the clock need root with its capabilities";
}

}  // namespace
}  // namespace tests
