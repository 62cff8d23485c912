#include "agent/realtime/core/budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "agent/realtime/settings.hpp"

namespace realtime {
namespace {

using namespace std::chrono_literals;

/// Sends as fast as the budget allows for `how_long`; how many went.
int flood(Budget& budget, TimePoint& now, Duration how_long, Lane lane = Lane::answer) {
    const TimePoint end = now + how_long;
    int sent = 0;
    while (now < end) {
        if (budget.take(lane, now)) {
            ++sent;
        } else {
            now = std::max(budget.ready_at(lane, now), now + 1ms);
        }
    }
    return sent;
}

int burst(Budget& budget, TimePoint now, int most = 100'000) {
    int sent = 0;
    while (sent < most && budget.take(Lane::answer, now)) ++sent;
    return sent;
}

TEST(Budget, IsOffWhenItsMostIsZero) {
    Budget budget{20, 0};
    for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(budget.take(Lane::answer, TimePoint{}));
    EXPECT_EQ(budget.rate(), 0);
}

TEST(Budget, LetsABurstThroughAndThenPaces) {
    Budget budget{20, 20};
    TimePoint now{1h};
    EXPECT_EQ(burst(budget, now), 10) << "half a second's worth to begin with";
    const int sent = flood(budget, now, 60s);
    EXPECT_NEAR(sent, 1200, 5);
}

TEST(Budget, LetsALongerBurstThroughWhenTheServersWindowHasPassed) {
    Budget budget{20, 20};
    TimePoint now{1h};
    budget.take(Lane::answer, now);
    now += 59s;
    EXPECT_LT(burst(budget, now), 200);
    now += 60s;
    EXPECT_EQ(burst(budget, now), 200);
}

TEST(Budget, BeginsAnewAfterALongSilence) {
    Budget budget{20, 20};
    TimePoint now{1h};
    budget.take(Lane::answer, now);
    now += 2min;
    EXPECT_EQ(burst(budget, now), 200);
    now += 10min;
    EXPECT_EQ(burst(budget, now), 200) << "just not long enough";
    now += 10min + 1ms;
    EXPECT_EQ(burst(budget, now), 10);
}

/// The server's first average is over five seconds: a command and its result are four events, and it allows 100 a
/// second.
TEST(Budget, TheFirstFiveSecondsOfTheDefaultsStayBelowTheBackendsLimit) {
    const Settings defaults;
    Budget budget{defaults.budget_start, defaults.budget_max};
    TimePoint now{1h};
    EXPECT_LE(flood(budget, now, 5s) * 4, 100 * 5);
}

TEST(Budget, ReadyAtIsWhenTakeSaysYes) {
    Budget budget{3, 3};
    TimePoint now{1h};
    while (budget.take(Lane::answer, now)) {
    }
    for (int i = 0; i < 50; ++i) {
        const TimePoint ready = budget.ready_at(Lane::answer, now);
        EXPECT_GT(ready, now);
        EXPECT_FALSE(budget.take(Lane::answer, now));
        now = ready;
        EXPECT_TRUE(budget.take(Lane::answer, now));
    }
}

TEST(Budget, ReadyAtSupposesThatThoseAheadGoFirst) {
    for (const std::size_t controllers : {std::size_t{0}, std::size_t{2}}) {
        Budget budget{3, 3};
        budget.share(controllers);
        TimePoint now{1h};
        while (budget.take(Lane::answer, now)) {
        }
        now = budget.ready_at(Lane::answer, now, 2);
        TimePoint passed = now;
        for (int message = 0; message < 3; ++message) {
            passed = std::max(passed, budget.ready_at(Lane::answer, passed));
            EXPECT_TRUE(budget.take(Lane::answer, passed));
        }
        EXPECT_LE(passed, now + 1500ms) << controllers;
        EXPECT_FALSE(budget.take(Lane::answer, passed));
    }
}

TEST(Budget, GivesRefusalsATenth) {
    Budget budget{20, 20};
    TimePoint now{1h};
    flood(budget, now, 10s, Lane::refusal);
    EXPECT_NEAR(flood(budget, now, 100s, Lane::refusal), 200, 5);
}

TEST(Budget, RefusalsDoNotEatTheAnswersPart) {
    Budget budget{20, 20};
    TimePoint now{1h};
    flood(budget, now, 90s, Lane::refusal);
    EXPECT_EQ(burst(budget, now), 200);
}

TEST(Budget, HalvesOnAClosureAndNeverFallsBelowItsFloor) {
    Budget budget{40, 40};
    TimePoint now{1h};
    flood(budget, now, 120s);
    budget.closed_for_rate(now);
    EXPECT_NEAR(budget.ceiling(), 20, 4);
    EXPECT_NEAR(budget.rate(), budget.ceiling() / 2, 0.1);
    for (int i = 0; i < 20; ++i) {
        now += 60s;
        budget.closed_for_rate(now);
    }
    EXPECT_GE(budget.rate(), Budget::floor);
}

TEST(Budget, GrowsSlowlyAndOnlyWhileItHoldsMessagesBack) {
    Budget budget{10, 100};
    TimePoint now{1h};
    now += 1h;
    budget.take(Lane::answer, now);
    EXPECT_EQ(budget.rate(), 10);
    flood(budget, now, 60s);
    EXPECT_GT(budget.rate(), 10);
    EXPECT_LT(budget.rate(), 20);
    flood(budget, now, 1h);
    EXPECT_NEAR(budget.rate(), 100, 0.1);
}

TEST(Budget, WhoJustBeganIsMeasuredOverThatMoment) {
    Budget budget{20, 20};
    TimePoint now{1h};
    flood(budget, now, 5s);
    budget.closed_for_rate(now);
    EXPECT_NEAR(budget.ceiling(), 10, 1.5) << "not half of what five seconds are in a mean over minutes";
}

/// Wants `wanted` a second for so long.
void use(Budget& budget, TimePoint& now, double wanted, Duration how_long) {
    double owed = 0;
    for (const TimePoint end = now + how_long; now < end; now += 100ms) {
        for (owed = std::min(owed + wanted / 10, wanted); owed >= 1 && budget.take(Lane::answer, now);) owed -= 1;
    }
}

/// Somebody else's flood: it closes this agent again after each rejoin. How often.
int be_flooded(Budget& budget, TimePoint& now, double wanted, Duration how_long) {
    int closures = 0;
    for (const TimePoint end = now + how_long; now < end; ++closures) {
        budget.closed_for_rate(now);
        now += 45s;
        use(budget, now, wanted, 15s);
    }
    return closures;
}

TEST(Budget, WhoUsedLittleIsBackWithinMinutesOfSomebodyElsesFlood) {
    for (const double wanted : {0.0, 0.1, 1.0, 4.0}) {
        for (const Duration flooded : {Duration{30s}, Duration{3min}, Duration{20min}}) {
            SCOPED_TRACE(std::to_string(wanted) + ", " + std::to_string(flooded / 1s) + " s");
            Budget budget{20, 20};
            TimePoint now{1h};
            use(budget, now, std::max(wanted, 0.01), 20min);
            be_flooded(budget, now, wanted, flooded);
            EXPECT_EQ(budget.why(), Budget::Why::closure);
            EXPECT_EQ(budget.ceiling(), 20) << "it did not cause it";
            use(budget, now, wanted, 5min);
            budget.pass(now);
            EXPECT_EQ(budget.rate(), 20);
            EXPECT_EQ(budget.why(), Budget::Why::setting);
        }
    }
}

TEST(Budget, TheCeilingBelongsToWhatWasUsedOverMinutesNotAtTheMoment) {
    Budget budget{20, 20};
    TimePoint now{1h};
    use(budget, now, 16, 20min);
    use(budget, now, 2, 20s);  // its controller was closed just before
    budget.closed_for_rate(now);
    EXPECT_GT(budget.ceiling(), 8);
    use(budget, now, 20, 3min);
    EXPECT_NEAR(budget.rate(), budget.ceiling(), 0.01);
    EXPECT_EQ(budget.why(), Budget::Why::ceiling);
}

TEST(Budget, ABusyOneIsBackWithinHalfAnHourHoweverOftenAFloodClosedIt) {
    for (const Duration flooded : {Duration{30s}, Duration{3min}, Duration{20min}}) {
        SCOPED_TRACE(flooded / 1s);
        Budget budget{20, 20};
        TimePoint now{1h};
        use(budget, now, 20, 20min);
        be_flooded(budget, now, 20, flooded);
        use(budget, now, 20, 5min);
        EXPECT_GE(budget.rate(), 10);
        use(budget, now, 20, 25min);
        EXPECT_EQ(budget.rate(), 20);
    }
}

TEST(Budget, TheSettingIsTheReasonUntilSomethingCloses) {
    Budget budget{20, 40};
    EXPECT_EQ(budget.why(), Budget::Why::setting);
    EXPECT_EQ(budget.ceiling(), 20);
    EXPECT_EQ(budget.closed_at(), TimePoint::min());
    EXPECT_EQ((Budget{20, 0}.ceiling()), 0);
}

TEST(Budget, StaysBelowWhatWasTooFastAndTriesBeyondItEverMoreRarely) {
    Budget budget{40, 400};
    TimePoint now{1h};
    constexpr double real_limit = 30;
    std::vector<TimePoint> closures;
    const TimePoint end = now + 5h;
    while (now < end) {
        flood(budget, now, 60s);
        if (budget.rate() > real_limit) {
            budget.closed_for_rate(now);
            closures.push_back(now);
            now += 45s;
        }
    }
    ASSERT_GE(closures.size(), 2u);
    EXPECT_LE(closures.size(), 12u);
    EXPECT_GT(closures.back() - closures[closures.size() - 2], 1h);
    EXPECT_GT(budget.rate(), real_limit / 4);
}

/// All who send on one channel, each as fast as its budget allows, and the server that counts them.
class CrowdedChannel {
  public:
    explicit CrowdedChannel(std::size_t controllers) : ends_(controllers + 1, Budget{20, 20}) {
        ends_.front().share(controllers);
        const double left = ends_.front().left_for_each(controllers);
        for (std::size_t i = 1; i < ends_.size(); ++i) ends_[i].be_given(left, TimePoint{1h});
    }
    /// Events of `how_long`: a broadcast is one, and one for each that hears it.
    std::size_t flood(TimePoint& now, Duration how_long) {
        std::size_t events = 0;
        for (const TimePoint end = now + how_long; now < end; now += 10ms) {
            for (Budget& one : ends_) {
                while (one.take(Lane::answer, now)) events += ends_.size();
            }
        }
        return events;
    }

  private:
    std::vector<Budget> ends_;
};

/// As the server averages: over the pieces that it has, twelve at most.
double greatest_average(const std::vector<std::size_t>& pieces) {
    double greatest = 0;
    for (std::size_t end = 1; end <= pieces.size(); ++end) {
        std::size_t sum = 0;
        const std::size_t begin = end > 12 ? end - 12 : 0;
        for (std::size_t i = begin; i < end; ++i) sum += pieces[i];
        greatest = std::max(greatest, static_cast<double>(sum) / 5 / static_cast<double>(end - begin));
    }
    return greatest;
}

TEST(Budget, AllWhoShareAChannelStayBelowTheBackendsLimitFromTheFirstSecondOn) {
    for (const std::size_t controllers : {1U, 2U, 3U, 8U}) {
        CrowdedChannel channel{controllers};
        TimePoint now{1h};
        std::vector<std::size_t> pieces;
        for (int i = 0; i < 20; ++i) pieces.push_back(channel.flood(now, 5s));
        EXPECT_LE(greatest_average(pieces), 100) << controllers;
        now += 5min;  // the buckets are full, and the server remembers zeros
        std::vector<std::size_t> later(11, 0);
        for (int i = 0; i < 20; ++i) later.push_back(channel.flood(now, 5s));
        EXPECT_LE(greatest_average(later), 100) << controllers;
        EXPECT_GE(greatest_average(later), 60) << "and they use it: " << controllers;
    }
}

TEST(Budget, WithClientsABurstIsHalfOfFiveSecondsAndTheRestIsEven) {
    Budget budget{20, 20};
    budget.share(1);
    TimePoint now{1h};
    EXPECT_EQ(burst(budget, now), 50);
    Duration longest{};
    for (const TimePoint end = now + 30s; now < end;) {
        const TimePoint ready = budget.ready_at(Lane::answer, now);
        ASSERT_GE(ready, now);
        longest = std::max(longest, ready - now);
        now = std::max(ready, now + 1us);
        while (budget.take(Lane::answer, now)) {
        }
    }
    EXPECT_LE(longest, 105ms) << "nobody waits for seconds behind a burst";
    budget.share(0);
    now += 1ms;
    EXPECT_LE(burst(budget, now), 10) << "without clients it is as before";
}

TEST(Budget, PaysForEachListener) {
    Budget budget{20, 20};
    EXPECT_DOUBLE_EQ(budget.left_for_each(1), 20);
    EXPECT_DOUBLE_EQ(budget.left_for_each(2), 20.0 / 3);
    EXPECT_DOUBLE_EQ(budget.left_for_each(3), 20.0 / 6);
    EXPECT_EQ((Budget{20, 0}.left_for_each(3)), 0);
    budget.share(3);
    TimePoint now{1h};
    flood(budget, now, 60s);
    EXPECT_NEAR(flood(budget, now, 60s), 600, 60) << "each is heard by three: it costs twice as much";
}

TEST(Budget, AControllerTakesWhatItIsGiven) {
    Budget budget{20, 20};
    TimePoint now{1h};
    budget.be_given(100, now);
    EXPECT_EQ(budget.rate(), 100);
    EXPECT_EQ(burst(budget, now), 250);
    budget.be_given(5, now);
    EXPECT_EQ(budget.rate(), 5);
    budget.be_given(0, now);
    EXPECT_EQ(burst(budget, now, 1000), 1000) << "any number";
    budget.be_given(8, now);
    now += 1s;
    budget.closed_for_rate(now);
    const double low = budget.rate();
    EXPECT_LT(low, 8);
    budget.be_given(20, now);
    EXPECT_EQ(budget.rate(), low) << "a closure is its own experience";
    now += 10min;
    budget.pass(now);
    EXPECT_GT(budget.rate(), low);
}

TEST(Budget, AGivenPaceThatFellAndRoseAgainLeavesTheCeilingWhereItWas) {
    Budget budget{20, 20};
    TimePoint now{1h};
    budget.be_given(10, now);
    flood(budget, now, 3min);
    budget.closed_for_rate(now);
    const double ceiling = budget.ceiling();
    ASSERT_LT(ceiling, 10);
    budget.be_given(0.07, now);
    EXPECT_DOUBLE_EQ(budget.rate(), 0.07);
    now += 1s;
    budget.closed_for_rate(now);
    EXPECT_DOUBLE_EQ(budget.rate(), 0.07);
    budget.be_given(10, now);
    EXPECT_DOUBLE_EQ(budget.ceiling(), ceiling);
    EXPECT_GE(budget.rate(), Budget::floor);
    now += 1s;
    budget.closed_for_rate(now);
    EXPECT_GE(budget.rate(), Budget::floor);
    now += 5min;
    budget.pass(now);
    EXPECT_NEAR(budget.rate(), budget.ceiling(), 0.01) << "minutes, not an hour";
}

TEST(Budget, AGivenPaceThatWasAnyNumberIsPacedAgain) {
    Budget budget{20, 20};
    TimePoint now{1h};
    budget.take(Lane::answer, now);
    budget.closed_for_rate(now);
    budget.be_given(0, now);
    EXPECT_EQ(burst(budget, now, 1000), 1000);
    budget.closed_for_rate(now);
    budget.be_given(5, now);
    EXPECT_GE(budget.rate(), Budget::floor);
    (void)burst(budget, now);
    const TimePoint ready = budget.ready_at(Lane::answer, now);
    EXPECT_GT(ready, now);
    EXPECT_LE(ready, now + 10s);
    now = ready;
    EXPECT_TRUE(budget.take(Lane::answer, now));
}

TEST(Budget, WhatABurstOwesIsForgottenWhenThePaceFalls) {
    for (const bool closed : {true, false}) {
        Budget budget{20, 20};
        TimePoint now{1h};
        budget.be_given(20, now);
        ASSERT_EQ(burst(budget, now), 50);
        if (closed) budget.closed_for_rate(now);
        if (!closed) budget.be_given(0.5, now);
        EXPECT_LE(budget.ready_at(Lane::answer, now), now + 11s) << closed;
    }
}

/// Who opens clients under many names does not take the pace from the others, nor the agent's own.
TEST(Budget, ManyControllersLeaveEnoughForALease) {
    Budget budget{20, 20};
    EXPECT_DOUBLE_EQ(budget.left_for_each(Budget::most_sharers), budget.left_for_each(1000));
    EXPECT_GE(budget.left_for_each(1000), Budget::least_left);
    budget.share(1000);
    TimePoint now{1h};
    flood(budget, now, 60s);
    EXPECT_GT(flood(budget, now, 60s), 60 * 20 / 5);
    budget.closed_for_rate(now);
    for (int i = 0; i < 10; ++i) budget.closed_for_rate(now += 1min);
    EXPECT_DOUBLE_EQ(budget.left_for_each(2), Budget::least_left);
}

TEST(Budget, AnIdleAgentClosedByOthersComesBackUp) {
    Budget budget{20, 100};
    TimePoint now{1h};
    budget.take(Lane::answer, now);
    now += 600s;
    budget.closed_for_rate(now);
    EXPECT_LT(budget.rate(), 1);
    now += 60s;
    flood(budget, now, 5min);
    EXPECT_GT(budget.rate(), 5);
}

}  // namespace
}  // namespace realtime
