#include "agent/realtime/link_status.hpp"

#include <gtest/gtest.h>

#include "tests/unit/realtime/parts_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using realtime::Class;
using realtime::Event;
using realtime::State;

class LinkStatusPart : public parts::Fixture {
  protected:
    void join() {
        status.on(Event::opened);
        status.on(Event::accepted);
    }
    static realtime::Judgement lost_for(std::string sentence) {
        realtime::Judgement judgement;
        judgement.what = Class::transient;
        judgement.sentence = std::move(sentence);
        return judgement;
    }

    realtime::LinkStatus& status = memory.status;
};

TEST_F(LinkStatusPart, EachChangeIsToldOnceAndNothingElse) {
    status.on(Event::opened);
    EXPECT_EQ(ears.changes, 1);
    EXPECT_EQ(status.state(), State::joining);
    status.on(Event::opened);
    EXPECT_EQ(ears.changes, 1);
    status.on(Event::accepted);
    EXPECT_EQ(status.shown().state, State::joined);
    EXPECT_TRUE(status.shown().joined_since.has_value());
    EXPECT_EQ(status.counters().joins, 1u);
}

TEST_F(LinkStatusPart, AReasonStandsUntilTheNextJoin) {
    join();
    const TimePoint next_try = platform::BootClock::now() + 1h;
    status.because(lost_for("the cable is out"), next_try, true);
    status.on(Event::lost);
    EXPECT_EQ(status.shown().reason, "the cable is out");
    EXPECT_EQ(status.shown().failure, Class::transient);
    EXPECT_EQ(status.shown().next_try, next_try);
    EXPECT_TRUE(status.shown().newer_token);
    EXPECT_EQ(status.counters().failures[static_cast<std::size_t>(Class::transient)], 1u);
    status.on(Event::retry);
    EXPECT_FALSE(status.shown().next_try.has_value());
    EXPECT_EQ(status.shown().reason, "the cable is out");
    join();
    EXPECT_TRUE(status.shown().reason.empty());
}

TEST_F(LinkStatusPart, ACausePassesWhereTheNextTryHasSomethingNew) {
    const TimePoint next_try = platform::BootClock::now() + 1h;
    auto refused = lost_for("the token is refused");
    refused.cause = realtime::Cause::credential;
    status.because(refused, next_try);
    EXPECT_EQ(status.shown().cause, realtime::Cause::credential);
    status.because(refused, next_try, true);
    EXPECT_EQ(status.shown().cause, realtime::Cause::passing) << "a newer token is tried at once";
    status.because(refused, next_try, false, true);
    EXPECT_EQ(status.shown().cause, realtime::Cause::credential) << "there is none to be asked for";
    status.because(lost_for("the cable is out"), next_try);
    status.no_fresh_token(credentials::make_error_code(credentials::Errc::unreachable));
    EXPECT_EQ(status.shown().cause, realtime::Cause::passing);
    status.no_fresh_token(credentials::make_error_code(credentials::Errc::refused));
    EXPECT_EQ(status.shown().cause, realtime::Cause::credential) << "the login server's last word";
}

TEST_F(LinkStatusPart, AWarningIsToldWhenItChanges) {
    status.warn("a");
    status.warn("a");
    EXPECT_EQ(ears.changes, 1);
    status.warn({});
    EXPECT_EQ(ears.changes, 2);
    EXPECT_TRUE(status.shown().warning.empty());
}

TEST_F(LinkStatusPart, JoinedTimeStandsStillWhileItIsNotJoined) {
    join();
    const TimePoint joined = *status.shown().joined_since;
    EXPECT_EQ(status.joined_time(joined + 5s), 5s);
    status.on(Event::lost);
    const Duration so_far = status.joined_time(joined + 1h);
    EXPECT_LT(so_far, 1h);
    EXPECT_EQ(status.joined_time(joined + 2h), so_far);
}

TEST_F(LinkStatusPart, ARefusalWithoutAKeyIsJudgedAsOne) {
    pair();
    const realtime::Signal refused{realtime::Signal::Kind::upgrade, 401, {}};
    EXPECT_NE(status.judge(refused).sentence.find("api.key is not set"), std::string::npos);
    settings.api_key = "key";
    EXPECT_EQ(status.judge(refused).sentence.find("api.key is not set"), std::string::npos);
}

TEST_F(LinkStatusPart, TheFirstJoinIsRememberedAndTheReplayMovesOnWhileJoined) {
    settings.catches_up = true;
    memory.note_joined();
    const auto first = memory.own.joined_at_ms;
    EXPECT_GT(first, 0u);
    EXPECT_EQ(memory.replay.since_ms(), realtime::Replay::none);
    EXPECT_EQ(status.shown().last_joined_ms, 0);
    join();
    memory.note_joined();
    EXPECT_EQ(memory.own.joined_at_ms, first);
    EXPECT_GE(memory.replay.since_ms(), static_cast<std::int64_t>(first));
    EXPECT_EQ(status.shown().last_joined_ms, memory.replay.since_ms());
}

}  // namespace
