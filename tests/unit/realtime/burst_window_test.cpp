// How much of a client's stream may go at once.
#include "agent/realtime/core/burst_window.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using realtime::BurstWindow;

constexpr TimePoint window_start{1h};
constexpr double window_rate = 20;

int take_all(BurstWindow& window, TimePoint now) {
    int taken = 0;
    while (window.allows(1, window_rate, now)) {
        window.add(1, now);
        ++taken;
    }
    return taken;
}

TEST(BurstWindow, HalfOfFiveSecondsGoesAtOnceAndTheRestEvenly) {
    BurstWindow window;
    EXPECT_EQ(take_all(window, window_start), 50);
    const TimePoint next = window.allows_at(1, window_rate, window_start);
    EXPECT_EQ(next, window_start + 100ms);
    EXPECT_FALSE(window.allows(1, window_rate, next - 1ns));
    EXPECT_TRUE(window.allows(1, window_rate, next));
    int even = 0;
    TimePoint now = window_start;
    while (now < window_start + 4900ms) {
        now = window.allows_at(1, window_rate, now);
        ASSERT_TRUE(window.allows(1, window_rate, now));
        window.add(1, now);
        ++even;
    }
    EXPECT_NEAR(even, 49, 1);
}

TEST(BurstWindow, AllowsAtIsWhenItAllows) {
    BurstWindow window;
    TimePoint now = window_start;
    for (int i = 0; i < 1000; ++i) {
        const TimePoint when = window.allows_at(3, window_rate, now);
        ASSERT_LT(when, now + 6s);
        if (when > now) {
            EXPECT_FALSE(window.allows(3, window_rate, now)) << i;
        }
        now = when;
        ASSERT_TRUE(window.allows(3, window_rate, now)) << i;
        window.add(3, now);
    }
}

TEST(BurstWindow, NoFiveSecondsHoldMoreThanTheirPart) {
    BurstWindow window;
    std::vector<TimePoint> sent;
    for (TimePoint now = window_start; now < window_start + 60s; now += 7ms) {
        while (window.allows(1, window_rate, now)) {
            window.add(1, now);
            sent.push_back(now);
        }
    }
    std::size_t from = 0;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        while (sent[i] - sent[from] >= BurstWindow::length) ++from;
        ASSERT_LE(i - from + 1, 100u);
    }
    EXPECT_GT(sent.size(), 600u);
}

TEST(BurstWindow, ForgetsAfterASilence) {
    BurstWindow window;
    take_all(window, window_start);
    EXPECT_EQ(take_all(window, window_start + 4999ms), 1) << "an even one";
    EXPECT_EQ(take_all(window, window_start + 24h), 50);
}

TEST(BurstWindow, WhatIsHeavierThanAllNeverGoes) {
    BurstWindow window;
    EXPECT_FALSE(window.allows(101, window_rate, window_start));
    EXPECT_EQ(window.allows_at(101, window_rate, window_start), TimePoint::max());
}

}  // namespace
