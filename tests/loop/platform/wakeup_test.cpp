#include "platform/wakeup.hpp"

#include <gtest/gtest.h>
#include <time.h>

#include "peer.hpp"

namespace tests {
namespace {

using namespace net::experimental::awaitable_operators;
using platform::Wakeup;
using platform::WakeupKind;
using platform::WakeupWatch;

awaitable<bool> is_quiet_for(WakeupWatch& watch, Duration time) {
    const auto executor = co_await net::this_coro::executor;
    platform::Timer timer(executor);
    timer.expires_after(time);
    const auto first = co_await (watch.next() || timer.async_wait(no_throw));
    co_return first.index() == 1;
}

TEST(Wakeup, NothingHappensWhenNothingHappens) {
    net::io_context io;
    WakeupWatch watch(io.get_executor());
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
    WakeupWatch watch(io.get_executor());
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

}  // namespace
}  // namespace tests
