// Turns of those who share a pace.
#include "agent/relay/core/pace_turns.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace std::chrono_literals;
using relay::PaceTurn;
using relay::PaceTurns;

struct PaceTurnsTest : testing::Test {
    /// Sends if it may.
    bool send(PaceTurn& one) {
        if (!turns.has(one, now)) return false;
        room = now + 50ms;
        turns.leave(one, now);
        return true;
    }
    TimePoint now{1h};
    TimePoint room = TimePoint::min();
    PaceTurns turns{[this](TimePoint asked) { return std::max(room, asked); }};
    PaceTurn a, b, c;
};

TEST_F(PaceTurnsTest, WhereThereIsRoomNobodyWaits) {
    EXPECT_TRUE(turns.has(a, now));
    EXPECT_TRUE(turns.has(b, now));
    EXPECT_FALSE(a.waits);
    turns.leave(a, now);
}

TEST_F(PaceTurnsTest, WhoWaitsLongestComesNext) {
    EXPECT_TRUE(send(a));
    EXPECT_FALSE(send(b));
    EXPECT_FALSE(send(c));
    EXPECT_FALSE(send(a)) << "it has had its turn";
    EXPECT_EQ(b.at, now + 50ms);
    EXPECT_EQ(c.at, TimePoint::max()) << "one is woken, and not all";
    std::string order;
    for (int turn = 0; turn < 6; ++turn) {
        now += 50ms;
        for (auto [one, name] : {std::pair{&a, 'a'}, {&b, 'b'}, {&c, 'c'}}) {
            if (send(*one)) order += name;
        }
        for (PaceTurn* const one : {&a, &b, &c}) turns.has(*one, now);  // each has more to say at once
    }
    EXPECT_EQ(order, "bcabca");
}

TEST_F(PaceTurnsTest, AFasterPaceIsSeenAtOnce) {
    room = now + 1h;
    EXPECT_FALSE(turns.has(a, now));
    EXPECT_FALSE(turns.has(b, now));
    EXPECT_EQ(a.at, now + 1h);
    room = now + 10ms;
    turns.look_again(now);
    EXPECT_EQ(a.at, now + 10ms);
    EXPECT_EQ(b.at, TimePoint::max());
}

TEST_F(PaceTurnsTest, WhoLeavesMakesRoomForTheNext) {
    room = now + 20ms;
    for (PaceTurn* const one : {&a, &b, &c}) EXPECT_FALSE(turns.has(*one, now));
    turns.leave(b, now);
    EXPECT_FALSE(b.waits);
    EXPECT_EQ(c.at, TimePoint::max());
    turns.leave(a, now);
    EXPECT_EQ(c.at, now + 20ms);
    turns.leave(c, now);
    turns.leave(c, now);
    room = now;
    EXPECT_TRUE(turns.has(a, now));
}

}  // namespace
