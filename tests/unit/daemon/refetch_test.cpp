#include "agent/daemon/core/refetch.hpp"

#include <gtest/gtest.h>

namespace agent::daemon {
namespace {

using namespace std::chrono_literals;

const TimePoint start{1h};

TEST(Refetch, AsksOnceAfterABurstAndAtItsOwnMoment) {
    Refetch refetch{{}};
    EXPECT_EQ(refetch.due(), Refetch::never);
    refetch.schedule(start, 0s);
    EXPECT_EQ(refetch.due(), start + 1s);
    refetch.schedule(start + 900ms, 0s);
    EXPECT_EQ(refetch.due(), start + 1900ms);
    refetch.asked();
    EXPECT_EQ(refetch.due(), Refetch::never);
    refetch.schedule(start + 5s, 7s);
    EXPECT_EQ(refetch.due(), start + 13s);
    refetch.schedule(start + 6s, 0s);
    EXPECT_EQ(refetch.due(), start + 13s) << "the moment was drawn already";
}

TEST(Refetch, IsNotPutOffForEver) {
    Refetch refetch{{}};
    for (Duration passed = 0s; passed <= 60s; passed += 500ms) refetch.schedule(start + passed, 0s);
    EXPECT_EQ(refetch.due(), start + 30s);
}

TEST(Refetch, WhatIsToldWhileTheQuestionIsOnItsWayIsAnotherQuestion) {
    Refetch refetch{{}};
    refetch.schedule(start, 0s);
    refetch.asked();
    refetch.schedule(start + 2s, 0s);
    refetch.answered();
    EXPECT_EQ(refetch.due(), start + 3s);
}

TEST(Refetch, ComesBackEverLaterUntilItIsAnswered) {
    Refetch refetch{{}};
    refetch.schedule(start, 0s);
    refetch.asked();
    refetch.failed(start, 0.0);
    EXPECT_EQ(refetch.due(), start + 2500ms) << "never at once";
    Duration waited{};
    for (int i = 0; i < 20; ++i) {
        refetch.asked();
        refetch.failed(start, 1.0);
        EXPECT_GE(refetch.due() - start, waited);
        waited = refetch.due() - start;
    }
    EXPECT_EQ(waited, 5min);
    refetch.answered();
    refetch.asked();
    refetch.failed(start, 1.0);
    EXPECT_EQ(refetch.due(), start + 5s);
}

TEST(Refetch, ANewWordBringsARetryForward) {
    Refetch refetch{{}};
    refetch.asked();
    for (int i = 0; i < 10; ++i) refetch.failed(start, 1.0), refetch.asked();
    refetch.failed(start, 1.0);
    refetch.schedule(start + 1s, 0s);
    EXPECT_EQ(refetch.due(), start + 2s);
}

}  // namespace
}  // namespace agent::daemon
