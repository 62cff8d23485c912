#include "agent/realtime/core/payload_limit.hpp"

#include <gtest/gtest.h>

namespace realtime {
namespace {

TEST(PayloadLimit, IsAsSetUntilTheServerRefuses) {
    const PayloadLimit limit{3'000'000};
    EXPECT_EQ(limit.now(), 3'000'000u);
    EXPECT_TRUE(limit.admits(3'000'000));
    EXPECT_FALSE(limit.admits(3'000'001));
}

TEST(PayloadLimit, GoesToTheNextSmallerThatBackendsComeWith) {
    PayloadLimit limit{8'000'000};
    EXPECT_TRUE(limit.lower(3'000'001));
    EXPECT_EQ(limit.now(), 3'000'000u);
    EXPECT_TRUE(limit.lower(3'000'000));
    EXPECT_EQ(limit.now(), 1'000'000u);
    EXPECT_TRUE(limit.lower(256'001));
    EXPECT_EQ(limit.now(), 256'000u);
}

TEST(PayloadLimit, BelowAllOfThoseIsHalfOfWhatWasRefused) {
    PayloadLimit limit{200'000};
    EXPECT_TRUE(limit.lower(256'000));
    EXPECT_EQ(limit.now(), 128'000u);
    EXPECT_TRUE(limit.lower(100'001));
    EXPECT_EQ(limit.now(), 50'000u);
}

TEST(PayloadLimit, ALargerRefusalDoesNotRaiseIt) {
    PayloadLimit limit{256'000};
    EXPECT_FALSE(limit.lower(3'000'001));
    EXPECT_FALSE(limit.lower(1'000'000)) << "256,000 already";
    EXPECT_EQ(limit.now(), 256'000u);
}

TEST(PayloadLimit, TheSecondConnectionInARowThatEndsWithAGiantUnderWayEndedByIt) {
    PayloadLimit limit{8'000'000};
    constexpr std::size_t giant = PayloadLimit::giant + 1;
    EXPECT_FALSE(limit.ended_by(giant, false));
    EXPECT_FALSE(limit.ended_by(PayloadLimit::giant, false)) << "no giant: counted anew";
    EXPECT_FALSE(limit.ended_by(giant, false));
    EXPECT_TRUE(limit.ended_by(giant, false));
    EXPECT_FALSE(limit.ended_by(giant, false)) << "given up: counted anew";
}

TEST(PayloadLimit, WhatTheServerSaysIsTakenForTheReasonAtOnce) {
    PayloadLimit limit{3'000'000};
    EXPECT_TRUE(limit.ended_by(300'000, true));
    EXPECT_TRUE(limit.ended_by(PayloadLimit::giant + 1, true));
    EXPECT_FALSE(limit.ended_by(PayloadLimit::giant + 1, false)) << "counted anew";
}

}  // namespace
}  // namespace realtime
