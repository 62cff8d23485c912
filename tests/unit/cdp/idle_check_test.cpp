// A silent browser is asked, and given up after two checks without a sign of life.
#include "cdp/core/idle_check.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using cdp::IdleCheck;

struct IdleCheckTest : testing::Test {
    TimePoint now{1h};
    IdleCheck check{30s, now};
};

TEST_F(IdleCheckTest, IsDueAfterSilence) {
    EXPECT_EQ(check.next(), now + 30s);
    EXPECT_FALSE(check.due(now + 29s));
    EXPECT_TRUE(check.due(now + 30s));
    check.heard(now + 10s);
    EXPECT_EQ(check.last_heard(), now + 10s);
    EXPECT_FALSE(check.due(now + 39s)) << "something came in between";
    EXPECT_TRUE(check.due(now + 40s));
}

TEST_F(IdleCheckTest, IsMadeOnceAtATime) {
    check.asked(0);
    EXPECT_EQ(check.next(), TimePoint::max());
    EXPECT_FALSE(check.due(now + 24h));
    EXPECT_FALSE(check.on_end(true, 10, now + 31s));
    EXPECT_EQ(check.next(), now + 61s) << "counted from the answer";
}

TEST_F(IdleCheckTest, IsNeverMadeWhereItIsOff) {
    const IdleCheck off{0s, now};
    EXPECT_EQ(off.next(), TimePoint::max());
    EXPECT_FALSE(off.due(now + 24h));
}

TEST_F(IdleCheckTest, GivesTheBrowserUpAtTheSecondMiss) {
    check.asked(100);
    EXPECT_FALSE(check.on_end(false, 100, now + 40s)) << "after a suspend the first one may be overdue at once";
    EXPECT_TRUE(check.due(now + 40s)) << "asked again at once";
    check.asked(100);
    EXPECT_TRUE(check.on_end(false, 100, now + 50s));
}

TEST_F(IdleCheckTest, ForgetsAMissWhenTheBrowserAnswers) {
    check.asked(0);
    EXPECT_FALSE(check.on_end(false, 0, now));
    check.asked(0);
    EXPECT_FALSE(check.on_end(true, 20, now));
    check.asked(20);
    EXPECT_FALSE(check.on_end(false, 20, now));
    check.asked(20);
    EXPECT_TRUE(check.on_end(false, 20, now));
}

TEST_F(IdleCheckTest, TakesALongMessageOnItsWayForASignOfLife) {
    for (std::uint64_t bytes = 0; bytes < 10; ++bytes) {
        check.asked(bytes);
        EXPECT_FALSE(check.on_end(false, bytes + 1, now)) << bytes;
    }
    EXPECT_EQ(check.last_heard(), now);
}

TEST_F(IdleCheckTest, GoesOnAfterAConnectionThatEnded) {
    check.asked(0);
    check.give_up();
    EXPECT_TRUE(check.due(now + 30s));
}

}  // namespace
