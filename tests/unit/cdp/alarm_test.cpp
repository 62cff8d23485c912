// A wait that may be brought forward.
#include "cdp/alarm.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

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

#ifdef __linux__
/// The seconds until the system's timer wakes this process. None: it is not set, or there is none.
std::optional<double> until_woken() {
    for (const auto& file : std::filesystem::directory_iterator{"/proc/self/fdinfo"}) {
        std::ifstream lines{file.path()};
        std::string line;
        while (std::getline(lines, line)) {
            long long seconds = 0;
            long long nanoseconds = 0;
            if (std::sscanf(line.c_str(), "it_value: (%lld, %lld)", &seconds, &nanoseconds) != 2) continue;
            const double left = static_cast<double>(seconds) + static_cast<double>(nanoseconds) / 1e9;
            if (left > 0) return left;
        }
    }
    return std::nullopt;
}

TEST_F(AlarmTest, LeavesNothingThatWakesTheProcessForAWaitThatWasEndedEarly) {
    platform::Timer heartbeat{io};
    heartbeat.expires_at(now + 20s);
    heartbeat.async_wait([](Error) {});
    start(now + 10s);
    ASSERT_TRUE(until_woken());
    EXPECT_LE(*until_woken(), 10.0);
    alarm.bring_forward(now);
    settle();
    start(now + 30s);
    EXPECT_GT(until_woken().value_or(0), 10.0);
}
#endif

}  // namespace
}  // namespace cdp
