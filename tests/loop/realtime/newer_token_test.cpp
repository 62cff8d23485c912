// A token that comes while the server is still being asked with the one before: a refusal of the old one is no refusal
// of the new one, wherever the old one was used.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/loop/realtime/scripted_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using cloud::Agent;
using realtime::Settled;
using scripted::Peer;
using scripted::Said;

/// Refusals are waited out for half a minute and more: what takes less was no wait.
constexpr auto at_once = 5s;

class NewerToken : public scripted::Fixture {
  protected:
    static std::string token_of(const Said& said) { return said.json().value("access_token", ""); }
    void start() {
        agent = std::make_unique<Agent>(io, settings(), "old");
        agent->start();
    }
    realtime::Settings settings() const { return cloud::quick_settings(server.url()); }
    bool joined_at_once() {
        return until([&] { return agent->joined(); }, at_once);
    }

    std::unique_ptr<Agent> agent;
    std::vector<std::string> used;  // tokens, in the order in which the server saw them
};

class NewerTokenAfter : public NewerToken, public ::testing::WithParamInterface<const char*> {};

TEST_P(NewerTokenAfter, ARefusedJoinOfTheOneBefore) {
    server.then([&](Peer& peer) -> awaitable<void> {
        const Said first = co_await peer.expect("phx_join");
        used.push_back(token_of(first));
        agent->give_token("new");
        std::string reason = R"({"reason":")" + std::string{GetParam()} + "\"}";
        co_await peer.reply(first, "error", std::move(reason));
        const Said second = co_await peer.accept_join();
        used.push_back(token_of(second));
        co_await peer.wait_for_end();
    });
    start();
    ASSERT_TRUE(joined_at_once());
    EXPECT_EQ(used, (std::vector<std::string>{"old", "new"}));
    EXPECT_EQ(server.connections(), 1);
}

INSTANTIATE_TEST_SUITE_P(Reasons, NewerTokenAfter,
                         ::testing::Values("Unauthorized: You do not have permissions to read from this Channel topic",
                                           "InvalidJWTToken: Token has expired 5 seconds ago", "MalformedJWT: no token",
                                           "JwtSignatureError: Failed to validate JWT signature",
                                           "TenantNotFound: no project of that name"));

TEST_F(NewerToken, IsRefusedOnceAndThenWaitedFor) {
    server.then([&](Peer& peer) -> awaitable<void> {
        for (;;) {
            const Said join = co_await peer.expect("phx_join");
            if (join.over) co_return;
            used.push_back(token_of(join));
            if (used.size() == 1) agent->give_token("new");
            co_await peer.reply(join, "error", R"({"reason":"Unauthorized: You do not have permissions"})");
        }
    });
    start();
    ASSERT_TRUE(until([&] { return used.size() == 2; }, at_once));
    ASSERT_TRUE(until([&] { return agent->status().next_try.has_value(); }, at_once));
    EXPECT_EQ(agent->status().state, realtime::State::waiting);
    EXPECT_GT(*agent->status().next_try, platform::BootClock::now() + 30s) << "not tried again soon";
    EXPECT_EQ(used.size(), 2U);
    agent->give_token("third");
    ASSERT_TRUE(until([&] { return used.size() == 3; }, at_once)) << "a token that comes during the wait";
}

TEST_F(NewerToken, IsPushedWhereTheJoinWithTheOneBeforeWasAccepted) {
    server.then([&](Peer& peer) -> awaitable<void> {
        const Said join = co_await peer.expect("phx_join");
        agent->give_token("new");
        co_await peer.ok(join);
        const Said push = co_await peer.expect("access_token");
        used.push_back(token_of(push));
        co_await peer.wait_for_end();
    });
    start();
    ASSERT_TRUE(until([&] { return used.size() == 1; }, at_once));
    EXPECT_EQ(used[0], "new");
}

TEST_F(NewerToken, IsJoinedWithWhenTheChannelIsClosedForTheOneBeforeWhileItIsPushed) {
    server.then([&](Peer& peer) -> awaitable<void> {
        const Said join = co_await peer.accept_join();
        agent->give_token("new");
        co_await peer.expect("access_token");
        co_await peer.event(join, "system", R"({"status":"error","message":"Token has expired 0 seconds ago"})");
        co_await peer.close_channel(join);
        const Said again = co_await peer.accept_join();
        used.push_back(token_of(again));
        co_await peer.wait_for_end();
    });
    start();
    ASSERT_TRUE(until([&] { return used.size() == 1 && agent->joined(); }, at_once));
    EXPECT_EQ(used[0], "new");
    EXPECT_EQ(server.connections(), 1);
}

class NewerTokenAtTheDoor : public NewerToken, public ::testing::WithParamInterface<int> {};

TEST_P(NewerTokenAtTheDoor, IsTriedAtOnceWhenTheUpgradeWithTheOneBeforeIsRefused) {
    const auto swap = [&] { agent->give_token("new"); };
    server.then_refuse(GetParam(), {}, swap);
    server.then([&](Peer& peer) -> awaitable<void> {
        used.push_back(peer.header("Authorization"));
        co_await peer.accept_join();
        co_await peer.wait_for_end();
    });
    start();
    ASSERT_TRUE(joined_at_once());
    EXPECT_EQ(used, (std::vector<std::string>{"Bearer new"}));
}

INSTANTIATE_TEST_SUITE_P(Statuses, NewerTokenAtTheDoor, ::testing::Values(401, 403, 404, 431));

TEST_F(NewerToken, PostsWhatTheOneBeforeMightNot) {
    auto own = settings();
    own.http_fallback = true;
    own.http_fallback_after = 200ms;
    server.then_refuse(503, {});
    server.answer_posts(401, {}, [&] {
        agent->give_token("new");
        server.answer_posts(202, {});
    });
    agent = std::make_unique<Agent>(io, own, "old");
    agent->start();
    agent->publish(1, R"({"id":1})");
    ASSERT_TRUE(until([&] { return agent->recorder.settled_as(Settled::acknowledged) == 1; }, at_once));
    EXPECT_EQ(server.posts(), 2);
}

TEST_F(NewerToken, JoinsTheOptionalChannelThatTheOneBeforeMightNot) {
    auto own = settings();
    own.join_settings_global = true;
    own.optional_spread = 0s;
    server.then([&](Peer& peer) -> awaitable<void> {
        co_await peer.accept_join();
        const Said optional = co_await peer.expect("phx_join");
        agent->give_token("new");
        co_await peer.reply(optional, "error", R"({"reason":"Unauthorized: You do not have permissions"})");
        const Said again = co_await peer.accept_join();
        used.push_back(token_of(again));
        co_await peer.wait_for_end();
    });
    agent = std::make_unique<Agent>(io, own, "old");
    agent->start();
    ASSERT_TRUE(until([&] { return used.size() == 1; }, at_once + 10s)) << "ten seconds of quiet come first";
    EXPECT_EQ(used[0], "new");
}

}  // namespace
