// After a suspend: the connection is checked at once, the token before it, and what waited in the socket is stale.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/hub/hub.hpp"
#include "tests/loop/realtime/scripted_fixture.hpp"
#include "tests/support/stand_still.hpp"

namespace {

using namespace std::chrono_literals;
using cloud::Agent;
using realtime::State;
using scripted::Peer;
using scripted::Said;
using ::testing::HasSubstr;

class Resume : public scripted::Fixture {
  protected:
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = 15s) {
        return cloud::run_until(io, done, limit);
    }
    /// Nothing but the suspend gives a reason to look at the connection.
    realtime::Settings patient() const {
        auto settings = cloud::quick_settings(server.url());
        settings.heartbeat = 1h;
        settings.silence = settings.silence_joining = 2h;
        return settings;
    }
};

TEST_F(Resume, CommandsAreStaleUntilTheConnectionHasAnswered) {
    platform::Timer answer{io, TimePoint::max()};
    server.then([&](Peer& peer) -> awaitable<void> {
        const Said join = co_await peer.accept_join();
        co_await peer.broadcast(join, "cdp-command", R"({"id":1})");
        // The join's own end: the next word of the agent is its question, which the peer answers in order.
        co_await answer.async_wait(no_throw);
        co_await peer.broadcast(join, "cdp-command", R"({"id":2})");
        const Said result = co_await peer.expect("cdp-result");  // answers the heartbeat on the way
        co_await peer.broadcast(join, "cdp-command", R"({"id":3})");
        co_await peer.ok(result);
        co_await peer.wait_for_end();
    });
    Agent agent{io, patient(), "token"};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.recorder.heard.size() == 1; }));
    support::stand_still();
    answer.expires_at(TimePoint::min());  // what the server said while the machine slept
    ASSERT_TRUE(until([&] { return agent.recorder.heard.size() == 2; }));
    agent.publish(1, "{}");
    ASSERT_TRUE(until([&] { return agent.recorder.heard.size() == 3; }));
    EXPECT_FALSE(agent.recorder.heard[0].stale);
    EXPECT_TRUE(agent.recorder.heard[1].stale);
    EXPECT_FALSE(agent.recorder.heard[2].stale);
    EXPECT_EQ(server.connections(), 1);
}

/// The process itself stood still: this one thread does for longer than a standstill takes.
TEST_F(Resume, WhatCameWhileTheProcessStoodStillIsStaleAndTheNextIsNot) {
    platform::Timer stopped{io, TimePoint::max()};
    server.then([&](Peer& peer) -> awaitable<void> {
        const Said join = co_await peer.accept_join();
        co_await peer.broadcast(join, "cdp-command", R"({"id":1})");
        co_await stopped.async_wait(no_throw);
        // Before the agent reads what is written now: its handlers are behind this one.
        net::post(io, support::stand_still);
        for (const char* id : {"2", "3", "4"}) {
            std::string command = R"({"id":)" + std::string{id} + "}";
            co_await peer.broadcast(join, "cdp-command", std::move(command));
        }
        const Said result = co_await peer.expect("cdp-result");  // answers the heartbeat on the way
        co_await peer.broadcast(join, "cdp-command", R"({"id":5})");
        co_await peer.ok(result);
        co_await peer.wait_for_end();
    });
    Agent agent{io, patient(), "token"};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.recorder.heard.size() == 1; }));
    stopped.expires_at(TimePoint::min());
    ASSERT_TRUE(until([&] { return agent.recorder.heard.size() == 4; }));
    agent.publish(1, "{}");
    ASSERT_TRUE(until([&] { return agent.recorder.heard.size() == 5; }));
    for (const std::size_t i : {1u, 2u, 3u}) EXPECT_TRUE(agent.recorder.heard[i].stale) << i;
    EXPECT_FALSE(agent.recorder.heard[0].stale);
    EXPECT_FALSE(agent.recorder.heard[4].stale);
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(Resume, AConnectionThatDidNotOutliveItIsReplacedWithinTenSeconds) {
    server.then([&](Peer& peer) -> awaitable<void> {
        co_await peer.accept_join();
        peer.answer_heartbeats = false;
        co_await peer.wait_for_end();
    });
    server.then([&](Peer& peer) -> awaitable<void> {
        co_await peer.accept_join();
        co_await peer.wait_for_end();
    });
    Agent agent{io, patient(), "token"};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    support::stand_still();
    const TimePoint asked = platform::BootClock::now();
    ASSERT_TRUE(until([&] { return server.connections() == 2 && agent.joined(); }));
    EXPECT_GE(platform::BootClock::now() - asked, 9s);
    EXPECT_LE(platform::BootClock::now() - asked, 12s);
    EXPECT_THAT(agent.recorder.reasons.at(0), HasSubstr("too long"));
}

/// The token comes first: while it is asked for no connection is opened with the old one.
TEST_F(Resume, ATokenThatRanOutIsReplacedBeforeAConnectionIsOpened) {
    std::string used;
    server.then([&](Peer& peer) -> awaitable<void> {
        used = peer.header("Authorization");
        co_await peer.accept_join();
        co_await peer.wait_for_end();
    });
    const std::string fresh = cloud::unsigned_token(1h, 2);
    const auto fetch = [&](const credentials::RefreshGrant&) -> awaitable<Result<credentials::Grant>> {
        platform::Timer timer{io, platform::BootClock::now() + 300ms};
        co_await timer.async_wait(no_throw);
        credentials::Grant grant;
        grant.access_token = platform::Secret{std::string_view{fresh}};
        co_return grant;
    };
    Agent agent{io, patient(), "unused", {}, fetch};
    agent.give_refreshable_token(cloud::unsigned_token(-1min, 1));
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    EXPECT_EQ(used, "Bearer " + fresh);
    EXPECT_EQ(server.connections(), 1);
}

/// Time went on at the server while the machine slept, and its own clock has not noticed yet.
TEST(ResumeToken, AWaitEndsAndATokenThatRanOutIsReplacedBeforeTheNextTry) {
    net::io_context io;
    hub::Settings quick;
    quick.upgrade_penalty = hub::milliseconds{20};
    quick.limits.no_sockets = true;
    hub::Hub backend{io, quick};
    ASSERT_FALSE(backend.start());
    int fetched = 0;
    const auto fetch = [&](const credentials::RefreshGrant&) -> awaitable<Result<credentials::Grant>> {
        ++fetched;
        credentials::Grant grant;
        grant.access_token = platform::Secret{backend.device_token(cloud::device_uuid)};
        co_return grant;
    };
    auto settings = cloud::quick_settings(backend.base() + "/realtime/v1");
    settings.backoff_base = settings.backoff_cap = 24h;
    Agent agent{io, settings, "unused", {}, fetch};
    agent.give_refreshable_token(backend.device_token(cloud::device_uuid, 1h), backend.anon_key());
    backend.clock().advance(2h);
    agent.start();
    const auto until = [&](const std::function<bool()>& done) { return cloud::run_until(io, done); };
    // The refusal's Date tells. Whether the new token came before the wait or is worth another try: in the end it
    // waits.
    ASSERT_TRUE(until([&] { return fetched == 1 && agent.status().state == State::waiting; }));
    const TimePoint later = platform::BootClock::now() + 300ms;
    ASSERT_TRUE(until([&] { return platform::BootClock::now() >= later; }));
    auto limits = backend.tenant().limits();
    limits.no_sockets = false;
    backend.tenant().set_limits(limits);
    EXPECT_EQ(agent.status().state, State::waiting);
    support::stand_still();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    EXPECT_EQ(fetched, 1);
    EXPECT_EQ(backend.tenant().counters().joins_refused, 0u) << "the old token was not even tried";
    EXPECT_TRUE(agent.stop());
    backend.stop();
    io.restart();
    io.poll();
}

}  // namespace
