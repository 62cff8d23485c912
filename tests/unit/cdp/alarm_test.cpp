// A wait that may be brought forward.
#include "cdp/alarm.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

namespace cdp {
namespace {

using namespace std::chrono_literals;

struct AlarmTest : testing::Test {
    void start(TimePoint moment) {
        const auto wait = [this, moment]() -> awaitable<void> {
            const bool on = co_await alarm.wait_until(moment);
            ended = on;
        };
        net::co_spawn(io, wait, net::bind_cancellation_slot(cancel.slot(), rethrow));
        settle();
    }
    void settle() {
        io.restart();
        io.poll();
    }

    net::io_context io;
    net::cancellation_signal cancel;
    Alarm alarm{io.get_executor()};
    TimePoint now = platform::BootClock::now();
    std::optional<bool> ended;  // what the wait returned
};

TEST_F(AlarmTest, EndsAtItsMoment) {
    start(now - 1s);
    EXPECT_EQ(ended, true);
    ended.reset();
    start(now + 1h);
    EXPECT_FALSE(ended);
}

TEST_F(AlarmTest, EndsWhereAnEarlierMomentIsNamed) {
    start(now + 1h);
    alarm.bring_forward(now + 2h);
    alarm.bring_forward(now + 1h);
    settle();
    EXPECT_FALSE(ended) << "it looks by then in any case";
    alarm.bring_forward(now + 59min);
    settle();
    EXPECT_EQ(ended, true);
}

TEST_F(AlarmTest, NeedsNoWordWhileNobodyWaits) {
    alarm.bring_forward(TimePoint{});
    start(now + 1h);
    settle();
    EXPECT_FALSE(ended) << "what was named before the wait is looked at by the waiter";
}

TEST_F(AlarmTest, SaysThatItWasCancelled) {
    start(now + 1h);
    cancel.emit(net::cancellation_type::terminal);
    settle();
    EXPECT_EQ(ended, false);
}

}  // namespace
}  // namespace cdp
