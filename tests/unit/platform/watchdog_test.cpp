#include "platform/watchdog.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>

#include "tests/support/notify_socket.hpp"

namespace {

using namespace std::chrono_literals;

/// The loop that feeds, until the test ends it.
class WatchdogTest : public testing::Test {
  protected:
    void feed() {
        auto feeding = [this]() -> awaitable<void> {
            co_await platform::feed_watchdog();
            ended = true;
        };
        net::co_spawn(io, std::move(feeding), net::bind_cancellation_slot(cancel.slot(), rethrow));
    }

    tests::NotifySocket manager;
    net::io_context io{1};
    net::cancellation_signal cancel;
    bool ended = false;
};

TEST_F(WatchdogTest, WithoutOneNothingIsSent) {
    feed();
    io.run();
    EXPECT_TRUE(ended);
    EXPECT_EQ(manager.next(), "");
}

TEST_F(WatchdogTest, IsFedAtOnceAndThenTwiceInItsTime) {
    manager.expect_food(40'000);
    const auto began = platform::BootClock::now();
    feed();
    io.poll();
    EXPECT_EQ(manager.next(), "WATCHDOG=1");
    for (int meals = 1; meals < 4;) {
        io.run_one();
        while (!manager.next().empty()) ++meals;
    }
    EXPECT_GE(platform::BootClock::now() - began, 60ms) << "three pauses of half its time";
    EXPECT_FALSE(ended);
}

TEST_F(WatchdogTest, IsFedNoMoreOnceItIsCancelled) {
    manager.expect_food(3'600'000'000);
    feed();
    io.poll();
    EXPECT_EQ(manager.next(), "WATCHDOG=1");
    EXPECT_FALSE(ended);
    cancel.emit(net::cancellation_type::terminal);
    io.restart();
    io.run();
    EXPECT_TRUE(ended);
    EXPECT_EQ(manager.next(), "");
}

TEST_F(WatchdogTest, ALoopThatStandsStillFeedsNothing) {
    manager.expect_food(2'000);
    feed();
    io.poll();
    EXPECT_EQ(manager.next(), "WATCHDOG=1");
    const auto until = platform::BootClock::now() + 20ms;
    while (platform::BootClock::now() < until) EXPECT_EQ(manager.next(), "");
}

}  // namespace
