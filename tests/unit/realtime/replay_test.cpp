#include "agent/realtime/core/replay.hpp"

#include <gtest/gtest.h>

namespace realtime {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint noon{std::chrono::hours{12}};

TEST(RecentIds, TheOldestMakesRoom) {
    RecentIds ids{2};
    ids.add("a");
    ids.add("b");
    EXPECT_TRUE(ids.contains("a"));
    ids.add("c");
    EXPECT_FALSE(ids.contains("a"));
    EXPECT_TRUE(ids.contains("b"));
    EXPECT_TRUE(ids.contains("c"));
}

TEST(RecentIds, CutsWhatIsTooLong) {
    RecentIds ids{4, 3};
    ids.add("abcd");
    EXPECT_TRUE(ids.contains("abce"));
    EXPECT_FALSE(ids.contains("ab"));
    RecentIds whole{4};
    whole.add("abcd");
    EXPECT_FALSE(whole.contains("abce"));
}

TEST(Replay, AsksSinceTheLastTimeAndOnlyMovesOn) {
    Replay replay{100};
    EXPECT_EQ(replay.wanted(1, noon), 100);
    replay.caught_up(200);
    EXPECT_EQ(replay.wanted(1, noon), 200);
    replay.caught_up(150);
    EXPECT_EQ(replay.wanted(1, noon), 200);
}

TEST(Replay, ARefusalHoldsUntilItsTimeOrAnotherToken) {
    Replay replay{100};
    replay.refused(7, noon + 1h);
    EXPECT_EQ(replay.wanted(7, noon + 1h - 1ns), Replay::none);
    EXPECT_EQ(replay.wanted(8, noon), 100);
    EXPECT_EQ(replay.wanted(7, noon + 1h), 100);
}

TEST(Replay, SeesEachStoredBroadcastOnce) {
    Replay replay{Replay::none};
    EXPECT_TRUE(replay.first_sight("a"));
    EXPECT_FALSE(replay.first_sight("a"));
    EXPECT_TRUE(replay.first_sight("b"));
    EXPECT_TRUE(replay.first_sight(""));
    EXPECT_TRUE(replay.first_sight(""));
}

}  // namespace
}  // namespace realtime
