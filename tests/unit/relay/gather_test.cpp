// How long what waits for a client waits for more.
#include "agent/relay/core/gather.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using relay::Gather;

constexpr TimePoint gather_start{1h};

TEST(Gather, HoldsNothingWhereNothingWaits) {
    Gather gather;
    EXPECT_FALSE(gather.holds(gather_start));
    EXPECT_EQ(gather.due_at(), TimePoint::max());
}

TEST(Gather, WaitsForAPauseAndNotLongerThanItsMost) {
    Gather gather;
    TimePoint now = gather_start;
    gather.came(4ms, 10ms, now);
    EXPECT_EQ(gather.due_at(), now + 4ms);
    now += 3ms;
    gather.came(4ms, 10ms, now);
    EXPECT_EQ(gather.due_at(), now + 4ms);
    now += 3ms;
    gather.came(5ms, 10ms, now);
    EXPECT_EQ(gather.due_at(), gather_start + 10ms);
    EXPECT_TRUE(gather.holds(gather_start + 10ms - 1ns));
    EXPECT_FALSE(gather.holds(gather_start + 10ms));
    gather.came(5ms, 10ms, gather_start + 20ms);
    EXPECT_FALSE(gather.holds(gather_start + 20ms)) << "what came first has waited for long enough";
}

TEST(Gather, WhatIsWantedSoonTakesAllWithIt) {
    Gather gather;
    gather.came(4ms, 10ms, gather_start);
    gather.came(1ms, 10ms, gather_start + 1ms);
    EXPECT_EQ(gather.due_at(), gather_start + 2ms);
    gather.over();
    EXPECT_FALSE(gather.holds(gather_start + 1ms));
    gather.came(4ms, 10ms, gather_start + 30ms);
    EXPECT_EQ(gather.due_at(), gather_start + 34ms);
}

TEST(Gather, NewsWaitForTheBrowserToPause) {
    Gather gather;
    gather.news(10ms, 100ms, gather_start);
    EXPECT_FALSE(gather.wanted());
    EXPECT_EQ(gather.due_at(), gather_start + 10ms);
    for (Duration at = 9ms; at <= 99ms; at += 9ms) gather.news(10ms, 100ms, gather_start + at);
    EXPECT_EQ(gather.due_at(), gather_start + 100ms);
}

TEST(Gather, ProgressGoesWithOtherNewsAndDoesNotHoldThemUp) {
    Gather gather;
    gather.progress(100ms, gather_start);
    gather.progress(100ms, gather_start + 50ms);
    EXPECT_EQ(gather.due_at(), gather_start + 100ms);
    gather.news(10ms, 100ms, gather_start + 60ms);
    EXPECT_EQ(gather.due_at(), gather_start + 70ms);
    gather.progress(100ms, gather_start + 65ms);
    EXPECT_EQ(gather.due_at(), gather_start + 70ms);
    gather.news(10ms, 100ms, gather_start + 69ms);
    EXPECT_EQ(gather.due_at(), gather_start + 79ms);
}

TEST(Gather, NewsGoWithWhatIsWaitedForAndDoNotHoldItUp) {
    Gather gather;
    gather.news(10ms, 100ms, gather_start);
    gather.came(1ms, 20ms, gather_start + 2ms);
    EXPECT_TRUE(gather.wanted());
    EXPECT_EQ(gather.due_at(), gather_start + 3ms);
    gather.news(10ms, 100ms, gather_start + 2ms);
    EXPECT_EQ(gather.due_at(), gather_start + 3ms);
    gather.over();
    EXPECT_EQ(gather.due_at(), TimePoint::max());
    EXPECT_FALSE(gather.wanted());
}

}  // namespace
