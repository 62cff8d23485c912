// The cloud link against the stand-in of the backend: tokens that are checked, limits that are kept, links that break.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/hub/hub.hpp"
#include "tests/hub/socket.hpp"
#include "tests/loop/realtime/cloud.hpp"
#include "tests/loop/realtime/wire.hpp"

namespace {

using namespace std::chrono_literals;
using cloud::Agent;
using realtime::Settled;
using realtime::State;
using ::testing::HasSubstr;

hub::Settings quick_hub() {
    hub::Settings settings;
    settings.join_penalty = hub::milliseconds{50};
    settings.upgrade_penalty = hub::milliseconds{20};
    settings.limits.events_per_second = 0;
    return settings;
}

class WithHub : public ::testing::Test {
  protected:
    explicit WithHub(hub::Settings settings = quick_hub()) : backend{io, std::move(settings)} {
        const Error ec = backend.start();
        EXPECT_FALSE(ec) << ec.message();
    }
    ~WithHub() override {
        backend.stop();
        io.restart();
        io.poll();
    }
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = 10s) {
        return cloud::run_until(io, done, limit);
    }
    realtime::Settings settings() const { return cloud::quick_settings(backend.base() + "/realtime/v1"); }
    std::string token(std::chrono::seconds life = 1h) const { return backend.device_token(cloud::device_uuid, life); }

    net::io_context io;
    hub::Hub backend;
};

TEST_F(WithHub, JoinsServesAndLeaves) {
    Agent agent{io, settings(), token(), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    agent.publish(1, R"({"id":1,"ok":true})");
    ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::acknowledged) == 1; }));
    EXPECT_EQ(backend.tenant().counters().broadcasts_in, 1u);
    EXPECT_TRUE(agent.stop());
    EXPECT_TRUE(until([&] { return backend.tenant().sockets().empty(); }));
}

TEST_F(WithHub, AnotherDevicesTokenIsRefusedWithTheSentenceOfTheTroubleshootingTable) {
    Agent agent{io, settings(), backend.device_token("00000000-0000-4000-8000-000000000000"), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.status().state == State::waiting; }));
    EXPECT_EQ(agent.status().failure, realtime::Class::rights);
    EXPECT_THAT(agent.status().reason, HasSubstr("not yours"));
    EXPECT_EQ(backend.tenant().counters().joins_refused, 1u);
    // A token that may join brings it back at once, on the same socket.
    agent.give_token(token(), backend.anon_key());
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    EXPECT_EQ(backend.tenant().counters().sockets_opened, 1u);
}

TEST_F(WithHub, BadKeysAreRefusedAtTheUpgradeAndSaidSo) {
    Agent agent{io, settings(), token(), "not-a-key"};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.status().state == State::waiting; }));
    EXPECT_EQ(agent.status().failure, realtime::Class::rights);
    EXPECT_THAT(agent.status().reason, HasSubstr("not one that this server accepts"));
}

TEST_F(WithHub, ATokenThatRunsOutIsRefreshedAndPushedBeforehand) {
    int fetched = 0;
    const auto fetch = [&](const credentials::RefreshGrant&) -> awaitable<Result<credentials::Grant>> {
        ++fetched;
        credentials::Grant grant;
        grant.access_token = platform::Secret{backend.device_token(cloud::device_uuid, 6s)};
        co_return grant;
    };
    Agent agent{io, settings(), "unused", backend.anon_key(), fetch};
    agent.give_refreshable_token(token(6s), backend.anon_key());
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    // Two lives of the token, and never out of the channel.
    const TimePoint end = platform::BootClock::now() + 12s;
    ASSERT_TRUE(until([&] { return platform::BootClock::now() >= end; }, 20s));
    EXPECT_TRUE(agent.joined());
    EXPECT_GE(fetched, 2);
    EXPECT_LE(fetched, 5) << "never before half of its life";
    EXPECT_GE(agent.status().counters.tokens_pushed, 2u);
    EXPECT_EQ(agent.status().counters.closes, 0u);
}

TEST_F(WithHub, AnExpiredTokenThatCannotBeRefreshedIsExplainedAndWaitedFor) {
    Agent agent{io, settings(), token(4s), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    ASSERT_TRUE(until([&] { return agent.status().state == State::waiting; }));
    EXPECT_EQ(agent.status().failure, realtime::Class::reauthenticate);
    EXPECT_THAT(agent.status().reason, HasSubstr("expired"));
    ASSERT_TRUE(agent.status().next_try);
    EXPECT_GE(*agent.status().next_try, platform::BootClock::now() + 25s);
    agent.give_token(token(), backend.anon_key());
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    EXPECT_EQ(backend.tenant().counters().sockets_opened, 1u);
}

TEST_F(WithHub, ComesBackAfterEveryWayOfLosingTheSocket) {
    Agent agent{io, settings(), token(), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    std::uint64_t sockets = 1;
    const auto back = [&] {
        ++sockets;
        return until([&] { return backend.tenant().counters().sockets_opened >= sockets && agent.joined(); });
    };
    for (const int code : {1000, 1001, 1009, 1011, 1012}) {
        if (code == 1001) continue;  // waits for ten seconds and more: its own test
        backend.close_all(static_cast<std::uint16_t>(code));
        EXPECT_TRUE(back()) << code;
    }
    backend.drop_all();
    EXPECT_TRUE(back());
    backend.silence_all();
    EXPECT_TRUE(back());
}

TEST_F(WithHub, ACloseForTheJoinRateIsAnsweredWithPatience) {
    Agent agent{io, settings(), token(), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    backend.close_all(1001);
    ASSERT_TRUE(until([&] { return agent.status().state == State::waiting; }));
    EXPECT_EQ(agent.status().failure, realtime::Class::limit);
    EXPECT_GE(*agent.status().next_try, platform::BootClock::now() + 9s);
}

TEST_F(WithHub, APayloadBeyondTheLimitIsHandedBackAndTheLimitLearned) {
    auto limits = backend.tenant().limits();
    limits.payload_kb = 256;
    backend.tenant().set_limits(limits);
    Agent agent{io, settings(), token(), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    agent.publish(1, "\"" + std::string(400'000, 'x') + "\"");
    agent.publish(2, "{}");
    ASSERT_TRUE(until([&] { return agent.recorder.settled.size() == 2; }));
    EXPECT_EQ(agent.recorder.settled_as(Settled::too_large), 1u);
    EXPECT_EQ(agent.recorder.settled_as(Settled::acknowledged), 1u);
    EXPECT_EQ(agent.supervisor->payload_limit(), 256'000u);
    // From now on it is not even sent.
    agent.publish(3, "\"" + std::string(300'000, 'x') + "\"");
    ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::too_large) == 2; }));
    EXPECT_EQ(backend.tenant().counters().too_large, 1u);
    agent.publish(4, "\"" + std::string(255'000, 'x') + "\"");
    ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::acknowledged) == 2; }));
}

/// 1,000 results over a wire that is cut ever again, after another number of bytes each time: within a handshake, a
/// join, a result, before an acknowledgement. A second member of the channel, on a wire that holds, hears them all.
TEST_F(WithHub, ARawBroadcastArrivesAsTheBytesThatItWasAndAtSocketsOfVersion2Alone) {
    auto old = settings();
    old.vsn = realtime::Vsn::v1;
    Agent sender{io, settings(), token(), backend.anon_key()};
    Agent listener{io, settings(), token(), backend.anon_key()};
    Agent old_listener{io, old, token(), backend.anon_key()};
    for (Agent* const one : {&sender, &listener, &old_listener}) one->start();
    ASSERT_TRUE(until([&] { return sender.joined() && listener.joined() && old_listener.joined(); }));
    std::string bytes;
    for (int i = 0; i < 300'000; ++i) bytes += static_cast<char>(i % 256);
    realtime::Ticket ticket = 0;
    for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, bytes.size()}) {  // the last one is not copied
        realtime::Message message{++ticket, realtime::Lane::answer, "cdp-event", bytes.substr(0, size)};
        message.streamed = message.raw = true;
        ASSERT_TRUE(sender.supervisor->publish(std::move(message)));
    }
    sender.publish(++ticket, R"({"id":"behind"})");
    ASSERT_TRUE(until([&] { return listener.recorder.heard.size() == 4 && !old_listener.recorder.heard.empty(); }));
    EXPECT_EQ(sender.recorder.settled_as(Settled::acknowledged), 4u);
    const auto& heard = listener.recorder.heard;
    EXPECT_TRUE(heard[0].raw && heard[1].raw && heard[2].raw && !heard[3].raw);
    EXPECT_EQ(heard[0].payload, bytes.substr(0, 1));
    EXPECT_EQ(heard[1].payload, bytes.substr(0, 1000));
    EXPECT_TRUE(heard[2].payload == bytes);
    ASSERT_EQ(old_listener.recorder.heard.size(), 1u);
    EXPECT_EQ(old_listener.recorder.heard[0].payload, R"({"id":"behind"})");
}

TEST_F(WithHub, EveryResultIsDeliveredWhereverTheLinkBreaks) {
    Agent listener{io, settings(), token(), backend.anon_key()};
    listener.start();
    wire::Wire wire{io, backend.port()};
    auto own = cloud::quick_settings("http://127.0.0.1:" + std::to_string(wire.port()) + "/realtime/v1");
    own.reconnect_spread = 5ms;
    own.backoff_cap = 5ms;
    Agent agent{io, own, token(), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined() && listener.joined(); }));
    constexpr realtime::Ticket count = 1000;
    std::size_t bytes = 0;
    for (realtime::Ticket ticket = 1; ticket <= count; ++ticket) {
        ASSERT_TRUE(agent.publish(ticket, R"({"id":)" + std::to_string(ticket) + "}"));
        if (ticket % 5 != 0) continue;
        bytes = (bytes + 97) % 2500;
        wire.cut_after(ticket % 2 == 0 ? wire::Way::up : wire::Way::down, bytes);
        const int before = wire.cuts();
        ASSERT_TRUE(
            until([&] { return wire.cuts() > before || agent.recorder.settled_as(Settled::acknowledged) == ticket; }));
    }
    wire.hold();
    ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::acknowledged) == count; }, 30s))
        << agent.recorder.settled_as(Settled::acknowledged);
    EXPECT_GE(wire.cuts(), 50);
    std::set<realtime::Ticket> settled;
    for (const auto& [ticket, how] : agent.recorder.settled) {
        EXPECT_TRUE(settled.insert(ticket).second) << "settled twice: " << ticket;
    }
    std::set<std::string> heard;
    ASSERT_TRUE(until([&] {
        for (const auto& one : listener.recorder.heard) heard.insert(one.payload);
        return heard.size() >= count;
    }));
    EXPECT_EQ(heard.size(), count);
    EXPECT_EQ(agent.recorder.settled.size(), count) << "nothing expired, nothing given up";
}

/// Half-open: nothing arrives any more, in either direction, and nobody says so.
TEST_F(WithHub, AHalfOpenLinkIsNoticedAndOneThatHealsIsBackSoon) {
    wire::Wire wire{io, backend.port()};
    auto own = cloud::quick_settings("http://127.0.0.1:" + std::to_string(wire.port()) + "/realtime/v1");
    Agent agent{io, own, token(), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    wire.freeze(true);
    agent.publish(1, "{}");
    const TimePoint cut = platform::BootClock::now();
    ASSERT_TRUE(until([&] { return !agent.joined(); }));
    EXPECT_LE(platform::BootClock::now() - cut, own.silence + 500ms);
    wire.freeze(false);
    const TimePoint healed = platform::BootClock::now();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    EXPECT_LE(platform::BootClock::now() - healed, 5s);
    ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::acknowledged) == 1; }));
}

/// In real time, with the settings as they are without a word in the configuration.
TEST_F(WithHub, AHalfOpenLinkIsNoticedWithin35SecondsByDefault) {
    wire::Wire wire{io, backend.port()};
    const realtime::Settings defaults;
    auto own = cloud::quick_settings("http://127.0.0.1:" + std::to_string(wire.port()) + "/realtime/v1");
    own.heartbeat = defaults.heartbeat;
    own.silence = defaults.silence;
    own.silence_joining = defaults.silence_joining;
    Agent agent{io, own, token(), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    wire.freeze(true);
    const TimePoint frozen = platform::BootClock::now();
    ASSERT_TRUE(until([&] { return !agent.joined(); }, 60s));
    EXPECT_LE(platform::BootClock::now() - frozen, 35s);
    EXPECT_GE(platform::BootClock::now() - frozen, own.heartbeat) << "no sooner than a heartbeat could be missed";
}

TEST_F(WithHub, ServesBehindHalfASecondOfDelay) {
    wire::Wire wire{io, backend.port()};
    wire.delay(500ms);
    auto own = cloud::quick_settings("http://127.0.0.1:" + std::to_string(wire.port()) + "/realtime/v1");
    own.silence = 4s;
    Agent agent{io, own, token(), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    for (realtime::Ticket ticket = 1; ticket <= 200; ++ticket) agent.publish(ticket, std::string(1000, '1'));
    ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::acknowledged) == 200; }));
    ASSERT_TRUE(until([&] { return agent.status().round_trip.has_value(); }));
    EXPECT_GE(*agent.status().round_trip, 900ms);
    EXPECT_EQ(agent.status().counters.connections, 1u);
}

}  // namespace
