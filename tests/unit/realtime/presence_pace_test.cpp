#include <gtest/gtest.h>

#include <vector>

#include "agent/realtime/core/presence_pace.hpp"

namespace {

using namespace std::chrono_literals;
using realtime::PresencePace;

constexpr Duration window = 30s;

TEST(PresencePace, FourCallsAtOnceAndTheFifthAWindowAfterTheFirst) {
    PresencePace pace;
    const TimePoint start{1h};
    for (std::size_t number = 0; number < PresencePace::calls_max; ++number) {
        const TimePoint now = start + number * 1s;
        EXPECT_EQ(pace.ready_at(now, window), now);
        pace.called(now);
    }
    EXPECT_EQ(pace.ready_at(start + 5s, window), start + 33s);
    EXPECT_EQ(pace.ready_at(start + 33s, window), start + 33s);
    pace.called(start + 33s);
    EXPECT_EQ(pace.ready_at(start + 33s, window), start + 34s) << "the second call's turn";
}

TEST(PresencePace, NeverMoreThanTheServersFiveInAnyWindow) {
    PresencePace pace;
    std::vector<TimePoint> calls;
    for (TimePoint now{1h}; now < TimePoint{2h}; now += 100ms) {
        if (pace.ready_at(now, window) > now) continue;
        pace.called(now);
        calls.push_back(now);
        if (calls.size() > 5) {
            EXPECT_GT(now - calls[calls.size() - 6], window);
        }
    }
    EXPECT_GT(calls.size(), 400u);
}

TEST(PresencePace, AJoinStartsAnew) {
    PresencePace pace;
    const TimePoint now{1h};
    for (std::size_t number = 0; number < PresencePace::calls_max; ++number) pace.called(now);
    EXPECT_GT(pace.ready_at(now, window), now);
    pace.reset();
    EXPECT_EQ(pace.ready_at(now, window), now);
}

}  // namespace
