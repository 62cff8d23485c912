// What the doctor notes of its visit to the channel.
#include "agent/doctor/probe.hpp"

#include <gtest/gtest.h>

#include "agent/realtime/status.hpp"

namespace {

using doctor::Probe;
using realtime::Settled;
using realtime::State;

struct ProbeTest : testing::Test {
    realtime::Status status;
    net::io_context io;
    Probe probe{io.get_executor()};
};

TEST_F(ProbeTest, KeepsTheLastReasonOnceTheLinkIsGone) {
    status.state = State::waiting;
    status.reason = "the token ran out";
    status.failure = realtime::Class::rights;
    probe.on_status(status);
    status.reason.clear();
    status.failure = realtime::Class::transient;
    probe.on_status(status);
    EXPECT_EQ(probe.reason, "the token ran out");
    EXPECT_EQ(probe.failure, realtime::Class::rights);
    EXPECT_FALSE(probe.was_joined);
}

TEST_F(ProbeTest, RemembersThatItWasJoined) {
    status.state = State::joined;
    probe.on_status(status);
    EXPECT_TRUE(probe.joined && probe.was_joined);
    status.state = State::waiting;
    probe.on_status(status);
    EXPECT_FALSE(probe.joined);
    EXPECT_TRUE(probe.was_joined);
}

TEST_F(ProbeTest, IsDecidedOnlyByWhatWaitingCannotMend) {
    status.state = State::waiting;
    status.cause = realtime::Cause::passing;
    probe.on_status(status);
    EXPECT_FALSE(probe.final);
    status.cause = realtime::Cause::credential;
    probe.on_status(status);
    EXPECT_TRUE(probe.final);
    status.state = State::connecting;
    probe.on_status(status);
    EXPECT_FALSE(probe.final) << "it tries again";
}

TEST_F(ProbeTest, TellsTheTwoBroadcastsApart) {
    probe.on_settled(1, Settled::acknowledged);
    EXPECT_EQ(probe.small, Settled::acknowledged);
    EXPECT_FALSE(probe.great);
    probe.on_settled(2, Settled::too_large);
    EXPECT_EQ(probe.great, Settled::too_large);
}

TEST_F(ProbeTest, WaitsNoLongerThanItsLimitOrTheNews) {
    bool over = false;
    auto wait = [&]() -> awaitable<void> {
        const auto joined = [&] { return probe.joined; };
        const Duration limit = std::chrono::hours{1};
        co_await probe.until(joined, limit);
        over = true;
    };
    net::co_spawn(io, wait, rethrow);
    io.poll();
    EXPECT_FALSE(over);
    status.state = State::joined;
    probe.on_status(status);
    io.restart();
    io.poll();
    EXPECT_TRUE(over);
}

}  // namespace
