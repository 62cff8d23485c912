#include "agent/daemon/link_state.hpp"

#include "tests/support/notify_socket.hpp"
#include "tests/unit/daemon/parts.hpp"

namespace agent::daemon {
namespace {

using parts::status_of;
using realtime::Cause;
using realtime::State;

class LinkStateTest : public parts::Parts {
  protected:
    /// Counts how often those who wait for a change are woken.
    void follow() {
        start([this]() -> awaitable<void> {
            for (;;) {
                co_await state.changed();
                const auto cancelled = co_await net::this_coro::cancellation_state;
                if (is_cancelled(cancelled)) co_return;
                ++woken;
            }
        });
    }

    tests::NotifySocket manager;
    int woken = 0;
};

TEST_F(LinkStateTest, BeginsAtTheGateWithoutALink) {
    EXPECT_EQ(state.state(), State::gate);
    EXPECT_EQ(state.gate().reason, "starting");
    EXPECT_EQ(state.link(), nullptr);
    EXPECT_FALSE(state.joined() || state.stopping());
    EXPECT_EQ(state.line(), "");
}

TEST_F(LinkStateTest, TakesAStateOnceAndWakesForIt) {
    follow();
    EXPECT_TRUE(state.take(status_of(State::connecting)));
    settle();
    EXPECT_EQ(woken, 1);
    EXPECT_FALSE(state.take(status_of(State::connecting, "another reason")));
    settle();
    EXPECT_EQ(woken, 1);
    EXPECT_TRUE(state.take(status_of(State::joined)));
    EXPECT_TRUE(state.joined());
    settle();
    EXPECT_EQ(woken, 2);
}

TEST_F(LinkStateTest, WakesForWhatTimeAloneDoesNotMendInTheSameStateToo) {
    state.take(status_of(State::waiting, "no network"));
    follow();
    EXPECT_FALSE(state.take(status_of(State::waiting, "no network")));
    settle();
    EXPECT_EQ(woken, 0);
    for (const auto cause : {Cause::credential, Cause::settings, Cause::others}) {
        const int before = woken;
        EXPECT_FALSE(state.take(status_of(State::waiting, "refused", cause)));
        settle();
        EXPECT_EQ(woken, before + 1);
    }
}

TEST_F(LinkStateTest, TheLinksOwnWordsAreThereWhileTheLinksAre) {
    auto status = status_of(State::waiting, "one");
    state.begin(status);
    status.reason = "another";
    ASSERT_NE(state.link(), nullptr);
    EXPECT_EQ(state.link()->reason, "another");
    state.take(status);
    state.end();
    EXPECT_EQ(state.link(), nullptr);
    EXPECT_EQ(state.state(), State::waiting) << "until the gate or the next links say otherwise";
}

TEST_F(LinkStateTest, TheGateHasItsReasonAndItsRemedy) {
    state.take(status_of(State::joined));
    follow();
    state.stand_at_gate({.reason = "not paired", .remedy = "pair it"});
    settle();
    EXPECT_EQ(state.state(), State::gate);
    EXPECT_EQ(state.gate().line(), "not paired; pair it");
    EXPECT_EQ(state.why_no_link(), "not paired");
    EXPECT_EQ(woken, 1);
    state.stand_at_gate({.reason = "the folder is open to others: chmod 0700", .remedy = {}});
    EXPECT_EQ(state.gate().line(), "the folder is open to others: chmod 0700");
}

TEST_F(LinkStateTest, TheGateIsReachedOnceAfterEachLink) {
    const auto status = status_of(State::joined);
    start([this] { return state.at_gate(); });
    state.take(status_of(State::joined));
    settle();
    EXPECT_EQ(ended, 0);
    state.stand_at_gate({.reason = "not paired", .remedy = {}});
    settle();
    EXPECT_EQ(ended, 1);
    state.begin(status);
    EXPECT_EQ(state.why_no_link(), "unpaired a moment ago") << "the reason before is none any more";
    start([this] { return state.at_gate(); });
    EXPECT_EQ(ended, 1);
    state.stop();
    settle();
    EXPECT_EQ(ended, 2);
}

TEST_F(LinkStateTest, TheFirstLineSaysThatTheAgentIsReady) {
    EXPECT_EQ(manager.next(), "");
    state.show("gate: not paired");
    EXPECT_EQ(manager.next(), "READY=1\nSTATUS=gate: not paired");
    state.show("connecting");
    EXPECT_EQ(manager.next(), "STATUS=connecting");
    EXPECT_EQ(state.line(), "connecting");
}

TEST_F(LinkStateTest, ALineThatChangesNothingIsNotSent) {
    state.show("joined");
    manager.next();
    state.show("joined");
    EXPECT_EQ(manager.next(), "");
}

TEST_F(LinkStateTest, ALineIsCleanedAndCut) {
    state.show("joined\nWATCHDOG=trigger");
    const auto heard = manager.next();
    EXPECT_EQ(heard.find("\nWATCHDOG"), std::string::npos) << heard;
    state.show(std::string(5000, 'x'));
    EXPECT_LE(state.line().size(), 404u);
    EXPECT_LE(manager.next().size(), 7 + 404u);
}

TEST_F(LinkStateTest, TheStopWakesAllAndCountsOnce) {
    follow();
    int stopped = 0;
    start([&]() -> awaitable<void> {
        co_await state.stopped();
        ++stopped;
    });
    state.take(status_of(State::joined));
    settle();
    EXPECT_EQ(stopped, 0) << "another state is no stop";
    EXPECT_TRUE(state.stop());
    EXPECT_FALSE(state.stop());
    settle();
    EXPECT_EQ(stopped, 1);
    EXPECT_EQ(woken, 2);
    EXPECT_TRUE(state.stopping());
}

TEST_F(LinkStateTest, WhoWaitsForTheStopAfterItDoesNotWait) {
    state.stop();
    start([this] { return state.stopped(); });
    EXPECT_EQ(ended, 1);
}

TEST_F(LinkStateTest, ThoseWhoWaitEndWithTheirCancellation) {
    start([this] { return state.stopped(); });
    EXPECT_EQ(ended, 0);
    cancel_all();
    settle();
    EXPECT_EQ(ended, 1);
    EXPECT_FALSE(state.stopping());
}

}  // namespace
}  // namespace agent::daemon
