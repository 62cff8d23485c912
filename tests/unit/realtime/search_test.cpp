#include "agent/realtime/core/search.hpp"

#include <gtest/gtest.h>

namespace realtime {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint begin{1h};
constexpr Duration whole = 15s;

TEST(Search, ASlowWayHasAllItsTimeEveryOtherTry) {
    Search search;
    EXPECT_EQ(search.timeout(whole, begin), whole) << "nothing is known of the way yet";
    search.found(Search::quick_way);
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(search.timeout(whole, begin), whole);
        EXPECT_TRUE(search.missed(begin));
        EXPECT_EQ(search.timeout(whole, begin), Search::short_try);
        EXPECT_TRUE(search.missed(begin));
    }
}

TEST(Search, OnAQuickWayNoTryOutlastsTheSynAtSevenSecondsByMuch) {
    Search search;
    search.found(Search::quick_way - 1ns);
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(search.timeout(whole, begin), Search::long_try);
        search.missed(begin);
        EXPECT_EQ(search.timeout(whole, begin), Search::short_try);
        search.missed(begin);
    }
    EXPECT_EQ(search.timeout(1s, begin), 1s) << "the owner allows less";
}

TEST(Search, AfterTenMinutesTheOrdinaryBackoffHolds) {
    Search search;
    search.found(1s);
    EXPECT_TRUE(search.missed(begin));
    EXPECT_TRUE(search.missed(begin + Search::patience));
    EXPECT_EQ(search.timeout(whole, begin + Search::patience), Search::long_try);
    EXPECT_FALSE(search.missed(begin + Search::patience + 1ns));
    EXPECT_FALSE(search.missed(begin + 24h));
    EXPECT_EQ(search.timeout(whole, begin + 24h), whole) << "the way may have become another one";
    search.answered();
    EXPECT_TRUE(search.missed(begin + 25h)) << "a new absence";
}

}  // namespace
}  // namespace realtime
