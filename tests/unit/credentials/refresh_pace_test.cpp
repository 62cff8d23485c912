// When the next token is asked for.
#include "agent/credentials/core/refresh_pace.hpp"

#include <gtest/gtest.h>

namespace {

using credentials::RefreshPace;
using namespace credentials;
using namespace std::chrono_literals;
using Wall = RefreshPace::WallTime;

const Error failed{1, boost::system::generic_category()};

struct RefreshPaceTest : testing::Test {
    RefreshPaceTest() { pace.start_over(at, now); }
    /// From now on, for a token that runs out so long after now.
    Duration wait_for(std::optional<std::chrono::seconds> life) const {
        const auto expires = life ? std::optional<Wall>(at + *life) : std::nullopt;
        return pace.due(generation, expires, at, now) - now;
    }

    RefreshPace pace;
    Wall at{1'800'000'000s};
    TimePoint now = TimePoint{} + 100h;
    std::uint64_t generation = 7;
};

TEST_F(RefreshPaceTest, AskedAheadOfTheEndByTwoMinutesOrAFifthOfAShortLife) {
    EXPECT_EQ(wait_for(1h), 1h - refresh_ahead);
    EXPECT_EQ(wait_for(100s), 80s);
    EXPECT_EQ(wait_for(10min), 10min - 120s);
}

TEST_F(RefreshPaceTest, AFifthIsOfItsWholeLifeNotOfWhatIsLeft) {
    pace.note_token(at - 50s, now - 50s);
    EXPECT_EQ(wait_for(50s), 30s) << "it lives 100 s";
}

TEST_F(RefreshPaceTest, AClockThatIsSetBackDoesNotShortenItsLife) {
    const TimePoint later = now + 20s;
    for (const auto set : {std::chrono::seconds{-2h}, -1s, 0s}) {
        const Wall at_server = at + 20s + set;
        EXPECT_EQ(pace.due(generation, at_server + 80s, at_server, later) - later, 60s) << "it lives 100 s";
        auto in_session = pace;
        in_session.set_in_session(true);
        EXPECT_EQ(in_session.due(generation, at_server + 80s, at_server, later) - later, 30s);
    }
}

TEST_F(RefreshPaceTest, OneThatHadRunOutWhenItCameIsNotAskedForLaterThanAtItsEnd) {
    EXPECT_EQ(wait_for(0s), 0s);
    EXPECT_EQ(wait_for(-1s), -1s);
    EXPECT_EQ(wait_for(-1h), -1h);
}

TEST_F(RefreshPaceTest, OneWithoutAnEndIsAskedForOnlyWhereItIsWanted) {
    EXPECT_EQ(pace.due(generation, std::nullopt, at, now), TimePoint::max());
    pace.want(generation);
    EXPECT_EQ(wait_for(std::nullopt), 0s);
}

TEST_F(RefreshPaceTest, AnEndInTheFarFutureIsNoDeadlineThatOverflows) {
    EXPECT_GT(pace.due(generation, Wall::max(), at, now), now + 24h * 365);
    EXPECT_LT(pace.due(generation, Wall::max(), at, now), TimePoint::max());
}

TEST_F(RefreshPaceTest, AWishIsForOneGeneration) {
    pace.want(generation);
    EXPECT_EQ(wait_for(1h), 0s);
    ++generation;
    EXPECT_EQ(wait_for(1h), 1h - refresh_ahead) << "there is another one by now";
}

TEST_F(RefreshPaceTest, AfterATokenTheNextOneWaitsHoweverShortItsLifeLooks) {
    pace.note_success(now);
    EXPECT_EQ(wait_for(-1h), refresh_least_pause);
    pace.want(generation);
    EXPECT_EQ(wait_for(-1h), 0s) << "unless a session wants it";
}

TEST_F(RefreshPaceTest, PausesAreDrawnFromARangeThatDoubles) {
    Duration most = refresh_retry_first;
    for (int i = 0; i < 10; ++i) {
        auto low = pace;
        low.note_failure(failed, false, now, 0.0);
        EXPECT_EQ(low.due(generation, at - 1h, at, now) - now, 1s);
        pace.note_failure(failed, false, now, 0.9999);
        EXPECT_EQ(wait_for(-1h), most) << i;
        most = std::min<Duration>(most * 2, refresh_retry_most);
    }
    pace.note_success(now);
    pace.note_failure(failed, false, now, 0.9999);
    EXPECT_EQ(wait_for(-1h), refresh_retry_first) << "a success forgets them";
}

TEST_F(RefreshPaceTest, WhatOnlyTheServerCanMendIsTriedLate) {
    pace.note_failure(failed, true, now, 0.5);
    EXPECT_EQ(wait_for(-1h), refresh_refused_pause);
}

TEST_F(RefreshPaceTest, WhoAsksDuringThePauseHearsTheLastFailure) {
    EXPECT_FALSE(pace.is_pausing(now));
    pace.note_failure(failed, false, now, 0.5);
    EXPECT_TRUE(pace.is_pausing(now));
    EXPECT_EQ(pace.last_error(), failed);
    EXPECT_FALSE(pace.is_pausing(now + refresh_retry_first + 1s));
    pace.note_success(now);
    EXPECT_FALSE(pace.is_pausing(now));
    EXPECT_EQ(pace.last_error(), Error{});
}

TEST_F(RefreshPaceTest, EveryTryIsCountedSoThatAllWhoWaitHearOfIt) {
    EXPECT_EQ(pace.tries(), 0U);
    pace.note_success(now);
    pace.note_failure(failed, false, now, 0.5);
    pace.note_failure_without_credential(failed);
    EXPECT_EQ(pace.tries(), 3U);
}

TEST_F(RefreshPaceTest, AnotherCredentialHasNoPauseFromTheOneBefore) {
    pace.note_failure(failed, true, now, 0.5);
    pace.start_over(at, now);
    EXPECT_FALSE(pace.is_pausing(now));
    EXPECT_LE(wait_for(-1h), 0s);
    pace.note_failure(failed, false, now, 0.9999);
    EXPECT_EQ(wait_for(-1h), refresh_retry_first);
}

struct RefreshPaceInSession : RefreshPaceTest {
    RefreshPaceInSession() { pace.set_in_session(true); }
};

TEST_F(RefreshPaceInSession, ATokenOfALongLifeIsAskedForAsEver) {
    EXPECT_EQ(wait_for(1h), 1h - refresh_ahead);
    EXPECT_EQ(wait_for(5min), 5min - session_ahead) << "a fifth and a minute are the same";
}

TEST_F(RefreshPaceInSession, OneOfAShortLifeIsAskedForAMinuteAheadOrAtHalfOfIt) {
    EXPECT_EQ(wait_for(299s), 299s - session_ahead);
    EXPECT_EQ(wait_for(2min), 1min);
    EXPECT_EQ(wait_for(119s), 59s + 500ms);
    EXPECT_EQ(wait_for(4s), 2s);
    pace.set_in_session(false);
    EXPECT_EQ(wait_for(2min), 96s) << "a fifth ahead where no session uses it";
}

TEST_F(RefreshPaceInSession, ItIsNotHeldUpByThePauseAfterTheOneBefore) {
    pace.note_success(now);
    EXPECT_EQ(wait_for(40s), 20s);
    pace.set_in_session(false);
    EXPECT_EQ(wait_for(40s), refresh_least_pause);
}

TEST_F(RefreshPaceInSession, AFreshOneThatHasRunOutIsReplacedHalfAMinuteLater) {
    pace.note_success(now);
    EXPECT_EQ(wait_for(0s), session_retry);
    EXPECT_EQ(wait_for(-1h), session_retry);
    EXPECT_EQ(wait_for(1s), 500ms);
}

TEST_F(RefreshPaceInSession, AfterAFailureItWaitsHalfAMinuteOrTheWholePause) {
    pace.note_failure(failed, false, now, 0.0);
    EXPECT_EQ(wait_for(4s), 3s + 200ms) << "as where no session uses it";
    EXPECT_EQ(wait_for(-1h), 1s);
    EXPECT_EQ(wait_for(100s), 50s) << "half of its life, which is later than the retry";
    EXPECT_EQ(wait_for(40s), session_retry);
    pace.note_failure(failed, true, now, 0.0);
    EXPECT_EQ(wait_for(100s), refresh_refused_pause);
    pace.start_over(at, now);
    EXPECT_EQ(wait_for(100s), 50s) << "nothing is known of another credential";
}

TEST_F(RefreshPaceInSession, TheTimeIsCountedToTheMillisecond) {
    const auto due = pace.due(generation, at + 10s, at + 300ms, now);
    EXPECT_EQ(due - now, 4s + 700ms);
}

}  // namespace
