// How the browser link stands, from one browser to the next.
#include "cdp/browser_standing.hpp"

#include <gtest/gtest.h>

namespace cdp {
namespace {

using namespace std::chrono_literals;

struct BrowserStandingTest : testing::Test {
    BrowserStatus status() const {
        BrowserStatus status;
        standing.show(status, nullptr, now);
        return status;
    }
    /// A life that ends after so long; nothing: without an answer.
    void live(std::optional<Duration> answered_for, std::string why = "It crashed.") {
        standing.begin_life(now);
        if (answered_for) {
            standing.on_answered({});
            now += *answered_for;
        }
        standing.on_ended(std::move(why), {});
        standing.count_failure(now);
        standing.wait_until(now + 1s, false);
    }

    TimePoint now{1h};
    int changes = 0;
    BrowserStanding standing{30s, [this] { ++changes; }};
};

TEST_F(BrowserStandingTest, GoesFromAbsentToAttached) {
    EXPECT_EQ(standing.state(), BrowserState::absent);
    EXPECT_FALSE(standing.coming());
    standing.begin_life(now);
    EXPECT_EQ(standing.state(), BrowserState::launching);
    EXPECT_EQ(standing.reason(), "The browser is being started.");
    EXPECT_TRUE(standing.coming());
    EXPECT_FALSE(standing.answered());
    standing.on_answered({"Chrome/1", "1.3", "UA"});
    EXPECT_EQ(standing.state(), BrowserState::attached);
    EXPECT_EQ(standing.reason(), "");
    EXPECT_TRUE(standing.answered());
    EXPECT_EQ(changes, 2);
    EXPECT_EQ(status().version.product, "Chrome/1");
    EXPECT_EQ(status().version.protocol_version, "1.3");
    EXPECT_EQ(status().version.user_agent, "UA");
}

TEST_F(BrowserStandingTest, KeepsTheReasonUntilAnotherBrowserAnswers) {
    live(std::nullopt, "It needs a display.");
    EXPECT_EQ(standing.state(), BrowserState::lost);
    EXPECT_FALSE(standing.coming());
    EXPECT_EQ(standing.reason(), "It needs a display.");
    EXPECT_EQ(status().next_try, now + 1s);
    standing.begin_life(now);
    EXPECT_EQ(standing.reason(), "The browser is being brought back. It needs a display.");
    EXPECT_FALSE(status().next_try);
    standing.on_answered({});
    EXPECT_EQ(standing.reason(), "");
    EXPECT_EQ(status().restarts, 1u);
}

TEST_F(BrowserStandingTest, StaysAttachedUntilTheNextTryIsKnown) {
    standing.begin_life(now);
    standing.on_answered({});
    const int before = changes;
    standing.on_ended("It crashed.", {});
    EXPECT_EQ(standing.state(), BrowserState::attached);
    EXPECT_EQ(changes, before);
    standing.wait_until(now, true);
    EXPECT_EQ(standing.state(), BrowserState::lost);
    EXPECT_EQ(changes, before + 1);
}

TEST_F(BrowserStandingTest, CountsFailuresInARow) {
    live(std::nullopt);
    live(29s);
    EXPECT_EQ(status().failures, 2u);
    live(30s);
    EXPECT_EQ(status().failures, 1u) << "it had held, and then ended all the same";
}

TEST_F(BrowserStandingTest, TellsHowLongABrowserHadAnswered) {
    standing.begin_life(now);
    EXPECT_EQ(standing.count_failure(now + 5s), std::nullopt) << "it never did";
    standing.begin_life(now);
    standing.on_answered({});
    EXPECT_EQ(standing.count_failure(now + 5s), 5s);
}

TEST_F(BrowserStandingTest, AddsUpWhatCameTooLate) {
    standing.begin_life(now);
    standing.on_ended("It crashed.", {.late_answers = 2, .unreadable = 1});
    standing.begin_life(now);
    standing.on_ended("It crashed.", {.late_answers = 3});
    EXPECT_EQ(status().late_answers, 5u);
    EXPECT_EQ(status().unreadable, 1u);
}

TEST_F(BrowserStandingTest, ShowsTheFenceOfTheLastBrowser) {
    Fence fence;
    fence.problem = "No user namespaces.";
    standing.begin_life(now);
    standing.on_started(fence);
    standing.on_ended("It crashed.", {});
    EXPECT_EQ(status().fence.problem, "No user namespaces.");
}

TEST_F(BrowserStandingTest, EndsByOurWish) {
    live(40s);
    standing.on_stopped();
    EXPECT_EQ(standing.state(), BrowserState::absent);
    EXPECT_FALSE(status().next_try);
    EXPECT_EQ(standing.reason(), "The browser link was stopped.");
}

}  // namespace
}  // namespace cdp
