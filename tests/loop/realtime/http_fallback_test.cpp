// Results over HTTP while the socket is away, against the stand-in of the backend.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/log/log.hpp"
#include "tests/hub/hub.hpp"
#include "tests/loop/realtime/cloud.hpp"

namespace {

using namespace std::chrono_literals;
using cloud::Agent;
using realtime::Settled;
using realtime::State;

class HttpFallback : public ::testing::Test {
  protected:
    static hub::Settings quick() {
        hub::Settings settings;
        settings.join_penalty = hub::milliseconds{50};
        settings.upgrade_penalty = hub::milliseconds{20};
        settings.limits.events_per_second = 0;
        return settings;
    }
    HttpFallback() : backend{io, quick()} { EXPECT_FALSE(backend.start()); }
    ~HttpFallback() override {
        backend.stop();
        io.restart();
        io.poll();
    }
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = 15s) {
        return cloud::run_until(io, done, limit);
    }
    realtime::Settings settings(bool fallback = true) const {
        auto made = cloud::quick_settings(backend.base() + "/realtime/v1");
        made.http_fallback = fallback;
        made.http_fallback_after = 1s;
        return made;
    }
    std::string token() const { return backend.device_token(cloud::device_uuid); }
    void sockets(bool there) {
        auto limits = backend.tenant().limits();
        limits.no_sockets = !there;
        backend.tenant().set_limits(limits);
    }
    /// No sockets, and for results that are posted a page with that status; 0: they are taken.
    void post_page(int status) {
        auto limits = backend.tenant().limits();
        limits.no_sockets = true;
        limits.page_for_posts = status;
        backend.tenant().set_limits(limits);
    }

    net::io_context io;
    hub::Hub backend;
};

/// Whoever listens on the private channel hears the result; the public room of the same name stays silent.
TEST_F(HttpFallback, DeliversIntoThePrivateChannelAlone) {
    auto in_public = settings(false);
    in_public.main_topic = std::string{"device:"} + cloud::device_uuid;
    in_public.main_private = false;
    Agent listener{io, settings(false), token(), backend.anon_key()};
    Agent outsider{io, in_public, token(), backend.anon_key()};
    listener.start();
    outsider.start();
    ASSERT_TRUE(until([&] { return listener.joined() && outsider.joined(); }));
    sockets(false);
    Agent agent{io, settings(), token(), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(agent.publish(1, R"({"id":"a-1","ok":true,"result":{"n":1}})"));
    ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::acknowledged) == 1; }));
    EXPECT_EQ(agent.status().counters.sent_by_http, 1u);
    EXPECT_FALSE(agent.joined());
    ASSERT_TRUE(until([&] { return listener.recorder.heard.size() == 1; }));
    EXPECT_EQ(listener.recorder.heard[0].event, "cdp-result");
    EXPECT_EQ(nlohmann::json::parse(listener.recorder.heard[0].payload),
              nlohmann::json::parse(R"({"id":"a-1","ok":true,"result":{"n":1}})"));
    // Proof that the public room is alive, and that this is the first thing it hears.
    outsider.publish(1, "{}");
    ASSERT_TRUE(until([&] { return outsider.recorder.settled_as(Settled::acknowledged) == 1; }));
    EXPECT_TRUE(outsider.recorder.heard.empty());
    EXPECT_TRUE(agent.supervisor->sent_by_http(R"({"id":"a-1"})"));
    EXPECT_FALSE(agent.supervisor->sent_by_http(R"({"id":"a-2"})"));
}

TEST_F(HttpFallback, IsOffUnlessAskedForAndWaitsForTheSocketFirst) {
    sockets(false);
    Agent off{io, settings(false), token(), backend.anon_key()};
    auto patient = settings();
    patient.http_fallback_after = 3s;
    Agent on{io, patient, token(), backend.anon_key()};
    off.start();
    on.start();
    const TimePoint begun = platform::BootClock::now();
    off.publish(1, "{}");
    on.publish(1, "{}");
    ASSERT_TRUE(until([&] { return on.recorder.settled_as(Settled::acknowledged) == 1; }));
    EXPECT_GE(platform::BootClock::now() - begun, 3s);
    EXPECT_TRUE(off.recorder.settled.empty());
    EXPECT_EQ(backend.tenant().counters().http_broadcasts, 1u);
    // What waited goes by the socket once that is there, and nothing goes twice.
    sockets(true);
    ASSERT_TRUE(until([&] { return off.recorder.settled_as(Settled::acknowledged) == 1 && on.joined(); }));
    EXPECT_EQ(on.status().counters.sent, 0u);
}

TEST_F(HttpFallback, StopsAtARefusalUntilAnotherTokenComes) {
    sockets(false);
    Agent agent{io, settings(), backend.device_token("00000000-0000-4000-8000-000000000000"), backend.anon_key()};
    agent.start();
    agent.publish(1, "{}");
    agent.publish(2, "{}");
    ASSERT_TRUE(until([&] { return backend.tenant().counters().http_broadcasts == 1; }));
    const TimePoint later = platform::BootClock::now() + 2500ms;
    ASSERT_TRUE(until([&] { return platform::BootClock::now() >= later; }));
    EXPECT_EQ(backend.tenant().counters().http_broadcasts, 1u) << "403 is an answer";
    EXPECT_TRUE(agent.recorder.settled.empty());
    agent.give_token(token(), backend.anon_key());
    ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::acknowledged) == 2; }));
}

/// A gateway in front of the server refuses a token with an HTML page: the refusal is of the token all the same.
TEST_F(HttpFallback, StopsAtARefusalThatIsAPage) {
    for (const int status : {401, 403}) {
        post_page(status);
        Agent agent{io, settings(), token(), backend.anon_key()};
        agent.start();
        agent.publish(1, "{}");
        const auto refusal = "with this token (" + std::to_string(status) + ")";
        EXPECT_TRUE(until([&] { return platform::log::last_lines().find(refusal) != std::string::npos; })) << status;
        post_page(0);
        agent.give_token(token(), backend.anon_key());
        ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::acknowledged) == 1; }));
    }
}

TEST_F(HttpFallback, APageThatAsksForPatienceIsTakenForTheTenantsRate) {
    post_page(429);
    auto paced = settings();
    paced.budget_max = 20;
    Agent agent{io, paced, token(), backend.anon_key()};
    agent.start();
    agent.publish(1, "{}");
    EXPECT_TRUE(until([&] { return agent.status().rate_closed_at.has_value(); }));
    EXPECT_EQ(backend.tenant().counters().http_broadcasts, 1u);
    EXPECT_TRUE(agent.recorder.settled.empty());
}

/// HTTP reads the JSON and refuses what a browser may well write: the one stays, the others pass it.
TEST_F(HttpFallback, LeavesToTheSocketWhatHttpDoesNotTake) {
    sockets(false);
    Agent agent{io, settings(), token(), backend.anon_key()};
    agent.start();
    agent.publish(1, R"({"id":1,"result":"\ud800"})");
    agent.publish(2, R"({"id":2})");
    ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::acknowledged) == 1; }));
    EXPECT_EQ(agent.recorder.settled[0].first, 2u);
    sockets(true);
    ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::acknowledged) == 2; }));
    EXPECT_EQ(agent.status().counters.sent_by_http, 1u);
}

/// Its other end asks for what is missing by itself, and bytes are no JSON that could be posted as such.
TEST_F(HttpFallback, NothingOfAStreamGoesOverHttpRawOrNot) {
    sockets(false);
    Agent agent{io, settings(), token(), backend.anon_key()};
    agent.start();
    for (const bool raw : {false, true}) {
        realtime::Message message{raw ? 2u : 1u, realtime::Lane::answer, "cdp-event", R"({"seq":1})"};
        message.streamed = true;
        message.raw = raw;
        ASSERT_TRUE(agent.supervisor->publish(std::move(message)));
    }
    agent.publish(3, R"({"id":3})");
    ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::acknowledged) == 1; }));
    EXPECT_EQ(agent.recorder.settled[0].first, 3u) << "the one behind them";
    sockets(true);
    ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::acknowledged) == 3; }));
    EXPECT_EQ(agent.status().counters.sent_by_http, 1u);
}

TEST_F(HttpFallback, KeepsQuietWhereTheServerAsksForPatience) {
    auto limits = backend.tenant().limits();
    limits.concurrent_users = 0;
    backend.tenant().set_limits(limits);
    Agent agent{io, settings(), token(), backend.anon_key()};
    agent.start();
    agent.publish(1, "{}");
    ASSERT_TRUE(until([&] { return agent.status().state == State::waiting; }));
    EXPECT_EQ(agent.status().failure, realtime::Class::limit);
    const TimePoint later = platform::BootClock::now() + 3s;
    ASSERT_TRUE(until([&] { return platform::BootClock::now() >= later; }));
    EXPECT_EQ(backend.tenant().counters().http_broadcasts, 0u);
}

}  // namespace
