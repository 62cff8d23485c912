// The turns of a transfer: as many as a download needs at once, and then no more than cost little.
#include "platform/http/curl_pace.hpp"

#include <gtest/gtest.h>

namespace platform {
namespace {

constexpr TimePoint begin{std::chrono::hours{1}};

/// Turns that all come at one moment, until one has to rest.
int turns_at(CurlPace& pace, TimePoint now) {
    int turns = 0;
    while (pace.rest(now) == Duration::zero()) ++turns;
    return turns;
}

TEST(CurlPace, SoManyTurnsComeAtOnceAndNotOneMore) {
    CurlPace pace;
    EXPECT_EQ(turns_at(pace, begin), CurlPace::turns_at_once);
}

TEST(CurlPace, OneThatTurnsWithoutEndRestsBeforeEveryTurn) {
    CurlPace pace;
    TimePoint now = begin;
    for (int i = 0; i < CurlPace::turns_at_once; ++i) pace.rest(now);
    for (int i = 0; i < 10; ++i) {
        const Duration rest = pace.rest(now);
        EXPECT_EQ(rest, CurlPace::turn_time);
        now += rest;
    }
}

TEST(CurlPace, TimeWithoutTurnsGivesThemBackAndNeverMoreThanAtOnce) {
    CurlPace pace;
    turns_at(pace, begin);
    // The one that had to rest has taken its turn already.
    EXPECT_EQ(turns_at(pace, begin + CurlPace::turn_time * 11), 10);
    EXPECT_EQ(turns_at(pace, begin + std::chrono::hours{24}), CurlPace::turns_at_once);
}

}  // namespace
}  // namespace platform
