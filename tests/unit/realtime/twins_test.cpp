#include "agent/realtime/core/twins.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace realtime {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TwinsTest : public ::testing::Test {
  protected:
    TwinsTest() { twins.elder(true, now); }
    /// A command, that nobody answers in time.
    void unanswered(const std::string& id) {
        twins.command(id, now);
        pass(Twins::answer_within);
    }
    void answered(const std::string& id) {
        twins.command(id, now);
        pass(1s);
        twins.foreign_result(id, now);
    }
    void pass(Duration time) {
        now += time;
        twins.tick(now);
    }
    std::vector<std::string> left_over() { return twins.take_left_over(now); }

    Twins twins;
    TimePoint now{1h};
};

TEST_F(TwinsTest, GivesWayToAnElderThatAnswers) {
    EXPECT_TRUE(twins.silent());
    for (int i = 0; i < 100; ++i) answered(std::to_string(i));
    EXPECT_EQ(twins.state(), Twin::yielding);
    EXPECT_EQ(twins.due(), TimePoint::max());
    twins.elder(false, now);
    EXPECT_EQ(twins.state(), Twin::none);
    EXPECT_THAT(left_over(), IsEmpty());
}

TEST_F(TwinsTest, RelaysAgainAfterThreeThatNobodyAnswered) {
    unanswered("1");
    unanswered("2");
    EXPECT_TRUE(twins.silent());
    EXPECT_THAT(left_over(), IsEmpty()) << "not while another one may still answer";
    twins.command("3", now);
    pass(Twins::answer_within - 1ms);
    EXPECT_TRUE(twins.silent());
    twins.command("4", now);
    pass(1ms);
    EXPECT_EQ(twins.state(), Twin::empty);
    EXPECT_THAT(left_over(), ElementsAre("1", "2", "3", "4"));
    EXPECT_THAT(left_over(), IsEmpty());
}

TEST_F(TwinsTest, WithoutCommandsItStaysSilentAndAsksForNoTimer) {
    pass(24h);
    EXPECT_TRUE(twins.silent());
    EXPECT_EQ(twins.due(), TimePoint::max());
}

TEST_F(TwinsTest, AnAnswerMakesUpForAnUnansweredOne) {
    for (int i = 0; i < 20; ++i) {
        unanswered("u" + std::to_string(i));
        answered("a" + std::to_string(i));
    }
    EXPECT_TRUE(twins.silent());
    unanswered("x");
    unanswered("y");
    unanswered("z");
    EXPECT_FALSE(twins.silent());
}

TEST_F(TwinsTest, AnAnswerToSomethingElseIsNoLife) {
    for (const char* id : {"1", "2", "3"}) {
        twins.command(id, now);
        twins.foreign_result("\"1\"", now);
        pass(Twins::answer_within);
        twins.foreign_result(id, now);  // too late
    }
    EXPECT_EQ(twins.state(), Twin::empty);
}

TEST_F(TwinsTest, LooksAgainEachMinuteAndGivesWayOnceTheElderAnswers) {
    for (const char* id : {"1", "2", "3"}) unanswered(id);
    ASSERT_EQ(twins.state(), Twin::empty);
    EXPECT_EQ(twins.due(), now + Twins::look_every);
    pass(Twins::look_every);
    EXPECT_EQ(twins.state(), Twin::empty);
    twins.command("4", now);
    twins.foreign_result("4", now + 1s);
    EXPECT_EQ(twins.state(), Twin::empty) << "not before it looks";
    pass(Twins::look_every - 1s);
    EXPECT_EQ(twins.state(), Twin::empty);
    pass(1s);
    EXPECT_EQ(twins.state(), Twin::yielding);
    EXPECT_THAT(left_over(), IsEmpty()) << "what was relayed is answered";
}

TEST_F(TwinsTest, OneThatComesAndGoesGainsNothing) {
    for (int i = 0; i < 3; ++i) {
        twins.command(std::to_string(i), now);
        twins.elder(false, now);
        pass(Twins::answer_within);
        twins.elder(true, now);
    }
    EXPECT_EQ(twins.state(), Twin::empty);
    // Found empty once, a claim made anew has to show life first.
    twins.elder(false, now);
    pass(1min);
    twins.elder(true, now);
    EXPECT_EQ(twins.state(), Twin::empty);
    twins.elder(false, now);
    pass(Twins::distrust);
    twins.elder(true, now);
    EXPECT_EQ(twins.state(), Twin::yielding);
}

TEST_F(TwinsTest, WhatAnElderLeftBehindWhenItWentIsAnswered) {
    twins.command("1", now);
    twins.elder(false, now);
    EXPECT_THAT(left_over(), IsEmpty()) << "its answer may be on the way";
    pass(Twins::answer_within);
    EXPECT_THAT(left_over(), ElementsAre("1"));
}

TEST_F(TwinsTest, NothingIsAnsweredLongAfterItsTime) {
    unanswered("1");
    pass(Twins::left_over_for);
    twins.elder(false, now);
    EXPECT_THAT(left_over(), IsEmpty());
}

TEST_F(TwinsTest, WhatMayHaveBeenMissedSaysNothing) {
    for (const char* id : {"1", "2", "3"}) {
        twins.command(id, now);
        twins.missed();
        pass(1min);
    }
    EXPECT_TRUE(twins.silent());
}

TEST_F(TwinsTest, IsBounded) {
    twins.command("", now);
    twins.command(std::string(Twins::id_most + 1, '1'), now);
    EXPECT_EQ(twins.due(), TimePoint::max());
    for (std::size_t i = 0; i < 10 * Twins::watched_most; ++i) twins.command(std::to_string(i), now);
    pass(Twins::answer_within);
    EXPECT_EQ(twins.state(), Twin::empty);
    EXPECT_EQ(left_over().size(), Twins::watched_most);
}

}  // namespace
}  // namespace realtime
