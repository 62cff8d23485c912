// The agent's side of single reactions, against a scripted server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/loop/realtime/scripted_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using cloud::Agent;
using realtime::Settled;
using realtime::State;
using scripted::Peer;
using scripted::Said;
using ::testing::HasSubstr;

class Session : public scripted::Fixture {};

TEST_F(Session, JoinsTheDeviceChannelAsDocumented) {
    std::string target;
    std::string authorization;
    nlohmann::json join_payload;
    server.then([&](Peer& peer) -> awaitable<void> {
        target = peer.target();
        authorization = peer.header("Authorization");
        const Said join = co_await peer.accept_join();
        join_payload = join.json();
        EXPECT_EQ(join.topic, cloud::device_topic);
        EXPECT_EQ(join.join_ref, join.ref);
        co_await peer.wait_for_end();
    });
    Agent agent{io, cloud::quick_settings(server.url()), "to.k en", "the+key"};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    EXPECT_EQ(target, "/socket/websocket?apikey=the%2Bkey&vsn=2.0.0");
    EXPECT_EQ(authorization, "Bearer to.k en");
    EXPECT_EQ(join_payload["config"]["private"], true);
    EXPECT_EQ(join_payload["config"]["broadcast"]["ack"], true);
    EXPECT_EQ(join_payload["config"]["broadcast"]["self"], false);
    EXPECT_EQ(join_payload["access_token"], "to.k en");
    EXPECT_TRUE(agent.stop());
    EXPECT_TRUE(until([&] { return server.idle(); }));
    EXPECT_EQ(agent.recorder.states.back(), State::stopped);
}

TEST_F(Session, WithoutAKeyTheTokenServesAsKey) {
    std::string target;
    server.then([&](Peer& peer) -> awaitable<void> {
        target = peer.target();
        co_await peer.wait_for_end();
    });
    Agent agent{io, cloud::quick_settings(server.url()), "a/b"};
    agent.start();
    ASSERT_TRUE(until([&] { return !target.empty(); }));
    EXPECT_EQ(target, "/socket/websocket?apikey=a%2Fb&vsn=2.0.0");
}

TEST_F(Session, HandsOutBroadcastsAndDeliversResults) {
    Said result;
    server.then([&](Peer& peer) -> awaitable<void> {
        const Said join = co_await peer.accept_join();
        co_await peer.broadcast(join, "cdp-command", R"({"id":1,"method":"Page.reload"})");
        result = co_await peer.expect("cdp-result");
        co_await peer.ok(result);
        co_await peer.wait_for_end();
    });
    Agent agent{io, cloud::quick_settings(server.url()), "token"};
    agent.recorder.also = [&](const realtime::Broadcast&) { agent.publish(42, R"({"id":1,"ok":true,"result":{}})"); };
    agent.start();
    ASSERT_TRUE(until([&] { return !agent.recorder.settled.empty(); }));
    ASSERT_EQ(agent.recorder.heard.size(), 1u);
    EXPECT_EQ(agent.recorder.heard[0].topic, std::string{"device:"} + cloud::device_uuid);
    EXPECT_EQ(agent.recorder.heard[0].event, "cdp-command");
    EXPECT_EQ(agent.recorder.heard[0].payload, R"({"id":1,"method":"Page.reload"})");
    EXPECT_TRUE(result.binary);
    EXPECT_EQ(result.topic, cloud::device_topic);
    EXPECT_EQ(result.payload, R"({"id":1,"ok":true,"result":{}})");
    EXPECT_THAT(agent.recorder.settled, ::testing::ElementsAre(::testing::Pair(42, Settled::acknowledged)));
}

// What the budget holds back at the end of a reader's turn is the writer's, though nothing else ever happens.
TEST_F(Session, AnswersBeyondTheBudgetOfAReadersTurnFollowByThemselves) {
    constexpr std::size_t answers = 25;
    std::vector<std::string> results;
    server.then([&](Peer& peer) -> awaitable<void> {
        const Said join = co_await peer.accept_join();
        co_await peer.broadcast(join, "cdp-command", R"({"id":1})");
        while (results.size() < answers) {
            Said result = co_await peer.expect("cdp-result");
            if (result.over) co_return;
            results.push_back(result.payload);
        }
        co_await peer.wait_for_end();
    });
    auto settings = cloud::quick_settings(server.url());
    settings.budget_start = settings.budget_max = 20;  // in a second; half of them at once
    settings.heartbeat = 1h;
    settings.silence = 2h;
    Agent agent{io, settings, "token"};
    agent.recorder.also = [&](const realtime::Broadcast&) {
        for (std::size_t i = 0; i < answers; ++i) agent.publish(i + 1, std::to_string(i));
    };
    agent.start();
    ASSERT_TRUE(until([&] { return results.size() == answers; })) << results.size();
    for (std::size_t i = 0; i < answers; ++i) EXPECT_EQ(results[i], std::to_string(i));
}

TEST_F(Session, Vsn1SpeaksTextObjects) {
    Said result;
    server.then([&](Peer& peer) -> awaitable<void> {
        EXPECT_THAT(peer.target(), HasSubstr("vsn=1.0.0"));
        const Said join = co_await peer.expect("phx_join");
        const std::string topic = join.topic;
        co_await peer.text(R"({"ref":")" + join.ref +
                           R"(","payload":{"status":"ok","response":{}},"event":"phx_reply",)" + R"("topic":")" +
                           topic + "\"}");
        co_await peer.text(R"({"ref":null,"payload":%{error: 1},"event":"broadcast","topic":")" + topic + "\"}");
        co_await peer.text(R"({"ref":null,"payload":{"event":"cdp-command","payload":{"id":7},"type":"broadcast"},)"
                           R"("event":"broadcast","topic":")" +
                           topic + "\"}");
        result = co_await peer.expect("broadcast");
        co_await peer.text(R"({"ref":")" + result.ref + R"(","payload":{"status":"ok","response":{}},)" +
                           R"("event":"phx_reply","topic":")" + topic + "\"}");
        co_await peer.wait_for_end();
    });
    auto settings = cloud::quick_settings(server.url());
    settings.vsn = realtime::Vsn::v1;
    settings.heartbeat = 1h;  // the script answers heartbeats in the other version's shape
    settings.silence = 2h;
    Agent agent{io, settings, "token"};
    agent.recorder.also = [&](const realtime::Broadcast&) { agent.publish(1, R"({"id":7})"); };
    agent.start();
    ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::acknowledged) == 1; }));
    EXPECT_FALSE(result.binary);
    EXPECT_EQ(result.json()["payload"]["id"], 7);
    EXPECT_EQ(agent.status().counters.frames_unreadable, 1u);
}

TEST_F(Session, SendsHeartbeatsAndNoticesSilence) {
    int beats = 0;
    server.then([&](Peer& peer) -> awaitable<void> {
        co_await peer.accept_join();
        peer.answer_heartbeats = false;
        co_await peer.wait_for_end();
        beats = peer.heartbeats;
    });
    server.then([&](Peer& peer) -> awaitable<void> {
        co_await peer.accept_join();
        co_await peer.wait_for_end();
    });
    Agent agent{io, cloud::quick_settings(server.url()), "token"};
    agent.start();
    const TimePoint begun = platform::BootClock::now();
    ASSERT_TRUE(until([&] { return server.connections() == 2 && agent.joined(); }));
    const auto took = platform::BootClock::now() - begun;
    EXPECT_GE(took, 1400ms);
    EXPECT_LT(took, 4s);
    EXPECT_GE(beats, 3);
    ASSERT_FALSE(agent.recorder.reasons.empty());
    EXPECT_THAT(agent.recorder.reasons[0], HasSubstr("too long"));
    ASSERT_TRUE(until([&] { return agent.status().round_trip.has_value(); }));
}

TEST_F(Session, AnyInboundByteIsASignOfLife) {
    bool over = false;
    server.then([&](Peer& peer) -> awaitable<void> {
        const Said join = co_await peer.accept_join();
        peer.answer_heartbeats = false;
        for (int beat = 0; beat < 8; ++beat) {
            const Said said = co_await peer.expect("cdp-result");
            over = over || said.over;
            co_await peer.broadcast(join, "cdp-command", "{}");
        }
    });
    auto settings = cloud::quick_settings(server.url());
    settings.silence = 800ms;
    Agent agent{io, settings, "token"};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    platform::Timer timer{io};
    const auto feed = [&]() -> awaitable<void> {
        for (realtime::Ticket ticket = 0; ticket < 8; ++ticket) {
            timer.expires_after(400ms);
            co_await timer.async_wait(no_throw);
            agent.publish(ticket, "{}");
        }
    };
    net::co_spawn(io, feed, rethrow);
    ASSERT_TRUE(until([&] { return agent.recorder.heard.size() == 8; }));
    EXPECT_EQ(server.connections(), 1);
    EXPECT_FALSE(over);
}

TEST_F(Session, AStallDuringAJoinIsWaitedOut) {
    server.then([&](Peer& peer) -> awaitable<void> {
        const Said join = co_await peer.expect("phx_join");
        platform::Timer timer{io};
        timer.expires_after(2500ms);  // longer than the silence allowed otherwise
        co_await timer.async_wait(no_throw);
        co_await peer.ok(join);
        co_await peer.wait_for_end();
    });
    Agent agent{io, cloud::quick_settings(server.url()), "token"};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(Session, RejoinsOnTheSameSocketAfterACloseItDidNotAskFor) {
    std::vector<std::string> refs;
    server.then([&](Peer& peer) -> awaitable<void> {
        const Said first = co_await peer.accept_join();
        refs.push_back(first.ref);
        co_await peer.event(
            first, "system",
            R"({"extension":"system","status":"error","message":"Query was cancelled, please try again"})");
        co_await peer.close_channel(first);
        const Said second = co_await peer.accept_join();
        refs.push_back(second.ref);
        co_await peer.event(second, "phx_error", R"({"reason":"channel_crash"})");  // its ref is null: not for us
        co_await peer.text("[\"" + second.ref + "\",\"" + second.ref + "\",\"" + second.topic +
                           R"(","phx_error",{"reason":"channel_crash"}])");
        const Said third = co_await peer.accept_join();
        refs.push_back(third.ref);
        co_await peer.wait_for_end();
    });
    Agent agent{io, cloud::quick_settings(server.url()), "token"};
    agent.start();
    ASSERT_TRUE(until([&] { return refs.size() == 3 && agent.joined(); }));
    EXPECT_EQ(server.connections(), 1);
    EXPECT_NE(refs[0], refs[1]);
    EXPECT_NE(refs[1], refs[2]);
    EXPECT_EQ(agent.status().counters.closes, 2u);
    ASSERT_EQ(agent.recorder.reasons.size(), 2u);
    EXPECT_THAT(agent.recorder.reasons[0], HasSubstr("database"));
    EXPECT_THAT(agent.recorder.reasons[1], HasSubstr("crashed"));
}

TEST_F(Session, SendsAgainAfterARejoinWhatWasNotAcknowledged) {
    std::vector<std::string> got;
    server.then([&](Peer& peer) -> awaitable<void> {
        const Said join = co_await peer.accept_join();
        for (int i = 0; i < 3; ++i) {
            const Said result = co_await peer.expect("cdp-result");
            got.push_back(result.payload);
            if (i == 1) co_await peer.ok(result);
        }
        co_await peer.close_channel(join);
        co_await peer.accept_join();
        for (int i = 0; i < 2; ++i) {
            const Said result = co_await peer.expect("cdp-result");
            got.push_back(result.payload);
            co_await peer.ok(result);
        }
        co_await peer.wait_for_end();
    });
    Agent agent{io, cloud::quick_settings(server.url()), "token"};
    agent.publish(1, "1");  // before anything stands
    agent.start();
    agent.publish(2, "2");
    agent.publish(3, "3");
    ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::acknowledged) == 3; }));
    EXPECT_THAT(got, ::testing::ElementsAre("1", "2", "3", "1", "3"));
    EXPECT_EQ(agent.status().counters.resent, 2u);
}

TEST_F(Session, InvalidUtf8InTextEndsTheConnectionAndIsCounted) {
    server.then([&](Peer& peer) -> awaitable<void> {
        const Said join = co_await peer.accept_join();
        co_await peer.text("[null,null,\"\xff\xfe\",\"x\",{}]");
        co_await peer.wait_for_end();
    });
    Agent agent{io, cloud::quick_settings(server.url()), "token"};
    agent.start();
    ASSERT_TRUE(until([&] { return server.connections() >= 2; }));
    EXPECT_GE(agent.status().counters.frames_unreadable, 1u);
    EXPECT_THAT(agent.recorder.reasons.at(0), HasSubstr("UTF-8"));
}

/// A command of that many bytes, its id behind all the rest.
std::string command_of(std::size_t bytes, int id) {
    std::string text = R"({"method":"Runtime.evaluate","params":{"expression":")";
    const std::string tail = R"("},"id":)" + std::to_string(id) + "}";
    return text.append(bytes - text.size() - tail.size(), 'x') + tail;
}

TEST_F(Session, WhatIsBeyondTheReadLimitIsHandedOnInOutlineAndTheLinkGoesOn) {
    constexpr std::size_t limit = 65536;
    const std::string topic = cloud::device_topic;
    server.then([&](Peer& peer) -> awaitable<void> {
        const Said join = co_await peer.accept_join();
        const std::string event = "cdp-command";
        const std::size_t head = 5 + topic.size() + event.size();
        for (const std::size_t size : {limit, limit + 1}) {
            auto command = command_of(size - head, static_cast<int>(size));
            co_await peer.broadcast(join, event, std::move(command));
        }
        std::string frame = "[null,null,\"" + topic + R"(","broadcast",{"event":"cdp-command","payload":)" +
                            command_of(3 * limit, 7) + "}]";
        co_await peer.text(std::move(frame));
        auto other = command_of(2 * limit, 8);
        co_await peer.broadcast(join, "other", std::move(other));
        co_await peer.broadcast(join, event, R"({"id":9})");
        co_await peer.wait_for_end();
    });
    auto settings = cloud::quick_settings(server.url());
    settings.read_limit = limit;
    Agent agent{io, settings, "token"};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.recorder.heard.size() == 4; })) << agent.recorder.heard.size();
    const auto& heard = agent.recorder.heard;
    EXPECT_EQ(heard[0].overlong, 0U);
    EXPECT_GT(heard[0].payload.size(), limit - 200);
    EXPECT_EQ(heard[1].overlong, limit + 1);
    EXPECT_EQ(heard[1].payload, R"({"method":"Runtime.evaluate","params":{},"id":65537})");
    EXPECT_GT(heard[2].overlong, 3 * limit);
    EXPECT_EQ(heard[2].payload, R"({"method":"Runtime.evaluate","params":{},"id":7})");
    EXPECT_EQ(heard[3].payload, R"({"id":9})");
    EXPECT_EQ(heard[3].overlong, 0U);
    EXPECT_EQ(agent.status().counters.frames_too_long, 3U);
    EXPECT_EQ(agent.status().counters.frames_unreadable, 0U);
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(Session, StopsInOrderDeliveringWhatItHolds) {
    std::vector<std::string> events;
    int close_code = 0;
    server.then([&](Peer& peer) -> awaitable<void> {
        co_await peer.accept_join();
        for (;;) {
            const Said said = co_await peer.next();
            if (said.over) {
                close_code = said.close_code;
                co_return;
            }
            events.push_back(said.event);
            co_await peer.ok(said);
        }
    });
    Agent agent{io, cloud::quick_settings(server.url()), "token"};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    agent.publish(1, "{}");
    agent.publish(2, "{}");
    EXPECT_TRUE(agent.stop());
    ASSERT_TRUE(until([&] { return server.idle(); }));
    EXPECT_THAT(events, ::testing::ElementsAre("cdp-result", "cdp-result", "phx_leave"));
    EXPECT_EQ(close_code, 1000);
    EXPECT_EQ(agent.recorder.settled_as(Settled::acknowledged), 2u);
}

/// Stopping in any state ends within the grace.
TEST_F(Session, StopsWithinTheGraceFromEveryState) {
    server.then([&](Peer& peer) -> awaitable<void> {  // never answers
        peer.answer_heartbeats = false;
        co_await peer.wait_for_end();
    });
    server.then([&](Peer& peer) -> awaitable<void> {  // joined, never acknowledges, does not answer the close
        co_await peer.accept_join();
        co_await peer.wait_for_end();
    });
    for (const State state : {State::joining, State::joined}) {
        Agent agent{io, cloud::quick_settings(server.url()), "token"};
        agent.start();
        ASSERT_TRUE(until([&] { return agent.status().state == state; }));
        agent.publish(1, "{}");
        const TimePoint begun = platform::BootClock::now();
        EXPECT_TRUE(agent.stop(400ms));
        EXPECT_LT(platform::BootClock::now() - begun, 1500ms) << to_string(state);
        EXPECT_EQ(agent.status().state, State::stopped);
    }
    auto nowhere = cloud::quick_settings("http://127.0.0.1:1/socket");
    nowhere.backoff_base = nowhere.backoff_cap = 1h;
    Agent waiting{io, nowhere, "token"};
    waiting.start();
    ASSERT_TRUE(until([&] { return waiting.status().state == State::waiting; }));
    EXPECT_THAT(waiting.status().reason, HasSubstr("no connection"));
    EXPECT_TRUE(waiting.stop(400ms));
}

}  // namespace
