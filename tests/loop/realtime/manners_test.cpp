// How the agent treats its server and its fleet: one join at a time, moments drawn at random, words in their order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "platform/log/log.hpp"
#include "tests/loop/realtime/scripted_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using cloud::Agent;
using realtime::State;
using scripted::Peer;
using scripted::Said;
using ::testing::ElementsAre;

class Manners : public scripted::Fixture {
  protected:
    realtime::Settings settings() const { return cloud::quick_settings(server.url()); }
    /// Answers a join while the script reads on. No heartbeats may be answered meanwhile.
    awaitable<void> answer_late(Peer& peer, Said join) {
        platform::Timer timer{io, platform::BootClock::now() + 200ms};
        co_await timer.async_wait(no_throw);
        --pending;
        co_await peer.ok(join);
    }
    /// The agent's own clock has gone on: so many heartbeats were answered. What was due before them has come.
    bool beats(const Agent& agent, int wanted) {
        for (int i = 0; i < wanted; ++i) {
            const auto before = agent.status().round_trip;
            if (!until([&] { return agent.status().round_trip != before; })) return false;
        }
        return true;
    }
    /// What the agent had to say before this has been said: the server has taken a message that came after it.
    bool said_all(Agent& agent) {
        const auto before = agent.recorder.settled.size();
        agent.publish(marker, "{}");
        return until([&] { return agent.recorder.settled.size() > before; });
    }
    static constexpr realtime::Ticket marker = 4711;
    static constexpr auto quick_beat = 100ms;  // beyond the longest wait between two tries

    int pending = 0;
};

TEST_F(Manners, JoinsGoOneAtATimeTheDevicesFirst) {
    std::vector<std::string> topics;
    int most_pending = 0;
    server.then([&](Peer& peer) -> awaitable<void> {
        for (;;) {
            const Said join = co_await peer.expect("phx_join");
            if (join.over) co_return;
            topics.push_back(join.topic);
            most_pending = std::max(most_pending, ++pending);
            net::co_spawn(io, answer_late(peer, join), rethrow);
        }
    });
    auto own = settings();
    own.heartbeat = 1h;
    own.silence = own.silence_joining = 2h;
    own.optional_spread = 0s;
    own.join_settings_global = own.join_settings_device = true;
    Agent agent{io, own, "token"};
    agent.start();
    ASSERT_TRUE(until([&] { return topics.size() == 3 && pending == 0; }));
    EXPECT_THAT(topics, ElementsAre(cloud::device_topic, "realtime:settings:global", "realtime:settings_device:all"));
    EXPECT_EQ(most_pending, 1);
    agent.stop(400ms);
}

// The closure as recorded in trace 11 (conn D).
TEST_F(Manners, AfterTwoClosuresForPresenceAllDevicesIsLeftAloneAndNothingTrackedThere) {
    const std::string all = "realtime:devices:all";
    std::vector<std::string> heard;  // of all devices, on all connections
    int connection = 0;
    Peer* current = nullptr;
    server.then([&](Peer& peer) -> awaitable<void> {
        ++connection;
        current = &peer;
        for (;;) {
            const Said said = co_await peer.next();
            if (said.over) current = nullptr;
            if (said.over) co_return;
            if (said.topic == all) heard.push_back(std::to_string(connection) + ' ' + said.event);
            co_await peer.ok(said);
            if (said.topic != all || said.event != "presence") continue;
            std::string words = R"({"message":"Client presence rate limit exceeded","status":"error",)"
                                R"("extension":"system","channel":"devices:all"})";
            co_await peer.event(said, "system", std::move(words));
            co_await peer.close_channel(said);
            if (connection == 1) co_return;
        }
    });
    auto own = settings();
    own.join_devices_all = own.track_presence = true;
    own.optional_spread = 0s;
    own.refused_for = 1h;
    own.heartbeat = quick_beat;
    own.backoff_cap = quick_beat / 2;
    Agent agent{io, own, "token"};
    const auto closed = [&] { return !agent.status().channels.empty() && !agent.status().channels[0].joined; };
    agent.start();
    ASSERT_TRUE(until([&] { return heard.size() == 4 && closed(); }));
    EXPECT_TRUE(beats(agent, 2)) << "a third try would have come";
    EXPECT_THAT(heard, ElementsAre("1 phx_join", "1 presence", "2 phx_join", "2 presence"));
    EXPECT_TRUE(agent.joined()) << "the device's channel has nothing to do with it";
    ASSERT_NE(current, nullptr);
    current->drop();
    ASSERT_TRUE(until([&] { return heard.size() == 5; }));
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    EXPECT_TRUE(said_all(agent));
    EXPECT_EQ(heard.size(), 5U);
    EXPECT_EQ(heard.back(), "3 phx_join") << "and no presence";
    agent.stop(400ms);
}

// A backend that is away for a day is not five thousand lines.
TEST_F(Manners, TriesThatGoOnFailingAlikeAreAFewLines) {
    constexpr int tries = 12;
    namespace log = platform::log;
    server.then_refuse(503, "");
    auto own = settings();
    own.backoff_base = own.backoff_cap = 50ms;
    const log::Level before = log::level();
    log::set_level(log::Level::info);
    testing::internal::CaptureStderr();
    Agent agent{io, own, "token"};
    agent.start();
    EXPECT_TRUE(until([&] { return server.connections() >= tries; })) << server.connections();
    const std::string said = testing::internal::GetCapturedStderr();
    log::set_level(before);
    int lines = 0;
    for (std::size_t at = said.find("realtime: "); at != std::string::npos; at = said.find("realtime: ", at + 1))
        ++lines;
    EXPECT_GE(lines, 1) << said;
    EXPECT_LE(lines, 4) << said;
    EXPECT_NE(said.find("; next try in "), std::string::npos) << said;
}

TEST_F(Manners, OptionalChannelsAreJoinedAtAMomentWithinTheirSpread) {
    int joins = 0;
    server.then([&](Peer& peer) -> awaitable<void> {
        for (;;) {
            const Said join = co_await peer.expect("phx_join");
            if (join.over) co_return;
            ++joins;
            co_await peer.ok(join);
        }
    });
    auto own = settings();
    own.join_settings_global = own.join_settings_device = own.join_devices_all = true;
    own.optional_spread = 24h;
    own.heartbeat = quick_beat;
    Agent far{io, own, "token"};
    far.start();
    ASSERT_TRUE(until([&] { return far.joined(); }));
    EXPECT_TRUE(beats(far, 3));
    EXPECT_EQ(joins, 1) << "all three within the first moment of a day";
    far.stop();
    own.optional_spread = 1s;
    Agent near{io, own, "token"};
    near.start();
    ASSERT_TRUE(until([&] { return joins == 5; }, 3s));
    near.stop();
}

/// A fleet of any size is told to come back at one moment: each draws its own within the spread.
TEST_F(Manners, TheFirstTryAfterALostOrRestartingServerFallsAnywhereInTheSpread) {
    for (const int code : {1012, 1006}) {
        server.then([code](Peer& peer) -> awaitable<void> {
            co_await peer.accept_join();
            if (code == 1012) co_await peer.close(code);
            peer.drop();
        });
        auto own = settings();
        own.reconnect_spread = 24h;
        std::vector<Duration> waits;
        for (int machine = 0; machine < 16; ++machine) {
            Agent agent{io, own, "token"};
            agent.start();
            ASSERT_TRUE(until([&] { return agent.status().state == State::waiting; }));
            waits.push_back(*agent.status().next_try - platform::BootClock::now());
            EXPECT_EQ(agent.status().failure, code == 1012 ? realtime::Class::restart : realtime::Class::transient);
        }
        const auto [least, most] = std::minmax_element(waits.begin(), waits.end());
        EXPECT_LE(*most, 24h);
        EXPECT_GE(*most, 12h) << code << ": once in 65,536 runs by chance";
        EXPECT_LE(*least, 12h) << code << ": likewise";
    }
}

TEST_F(Manners, PresenceIsTrackedAtEachJoinAndTakenBackBeforeTheChannelIsLeft) {
    std::vector<std::string> said;
    const auto script = [&said](Peer& peer, bool lost) -> awaitable<void> {
        for (;;) {
            const Said one = co_await peer.next();
            if (one.over) co_return;
            const auto what = one.event == "presence" ? one.json().value("event", "?") : one.event;
            said.push_back(one.topic == cloud::device_topic ? what : what + " elsewhere");
            co_await peer.ok(one);
            if (lost && what == "track" && one.topic != cloud::device_topic) peer.drop();
        }
    };
    server.then([&](Peer& peer) -> awaitable<void> { return script(peer, true); });
    server.then([&](Peer& peer) -> awaitable<void> { return script(peer, false); });
    auto own = settings();
    own.track_presence = own.join_devices_all = true;
    own.optional_spread = 0s;
    Agent agent{io, own, "token"};
    agent.start();
    const std::vector<std::string> joining{"phx_join", "track", "phx_join elsewhere", "track elsewhere"};
    ASSERT_TRUE(until([&] { return said.size() >= 4; }));
    EXPECT_EQ(said, joining);
    said.clear();
    ASSERT_TRUE(until([&] { return said.size() >= 4; }));
    EXPECT_EQ(said, joining) << "after a reconnect";
    said.clear();
    EXPECT_TRUE(agent.stop());
    ASSERT_TRUE(until([&] { return server.idle(); }));
    EXPECT_THAT(said, ElementsAre("untrack", "phx_leave", "untrack elsewhere", "phx_leave elsewhere"));
}

/// The server looks at a channel's token at most once in ten seconds: of several only the last is worth a push.
TEST_F(Manners, TokensArePushedAtMostOnceInTenSeconds) {
    std::vector<std::pair<TimePoint, std::string>> pushed;
    server.then([&](Peer& peer) -> awaitable<void> {
        co_await peer.accept_join();
        for (;;) {
            const Said one = co_await peer.expect("access_token");
            if (one.over) co_return;
            pushed.emplace_back(platform::BootClock::now(), one.json().value("access_token", ""));
        }
    });
    Agent agent{io, settings(), cloud::unsigned_token(1h, 1)};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    agent.give_token(cloud::unsigned_token(1h, 2));
    ASSERT_TRUE(until([&] { return pushed.size() == 1; }));
    std::string last;
    for (int number = 3; number <= 5; ++number) {
        last = cloud::unsigned_token(1h, number);
        agent.give_token(last);
        ASSERT_TRUE(until([&, before = agent.status().round_trip] { return agent.status().round_trip != before; }));
    }
    ASSERT_TRUE(until([&] { return pushed.size() == 2; }, 15s));
    EXPECT_GE(pushed[1].first - pushed[0].first, 9900ms);
    EXPECT_EQ(pushed[1].second, last);
}

/// The own clock is ahead and the server tells no Date: whatever comes seems to have run out.
TEST_F(Manners, AFreshTokenThatSeemsExpiredIsNotReplacedForEver) {
    server.then([&](Peer& peer) -> awaitable<void> {
        co_await peer.accept_join();
        co_await peer.wait_for_end();
    });
    int fetched = 0;
    const auto fetch = [&](const credentials::RefreshGrant&) -> awaitable<Result<credentials::Grant>> {
        ++fetched;
        credentials::Grant grant;
        grant.access_token = platform::Secret{cloud::unsigned_token(-1h, fetched)};
        co_return grant;
    };
    auto own = settings();
    own.heartbeat = quick_beat;
    Agent agent{io, own, "unused", {}, fetch};
    agent.give_refreshable_token(cloud::unsigned_token(3s, 0));
    agent.start();
    ASSERT_TRUE(until([&] { return fetched == 1; }));
    EXPECT_TRUE(beats(agent, 3));
    EXPECT_EQ(fetched, 1);
    EXPECT_TRUE(agent.joined()) << "the server decides whether a token has run out";
}

}  // namespace
