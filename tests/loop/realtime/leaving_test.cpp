// How the link leaves: everything that waits, presence, the channels, the close frame; with the token forgotten too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "platform/clock.hpp"
#include "tests/loop/realtime/scripted_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using cloud::Agent;
using realtime::Settled;
using scripted::Peer;
using scripted::Said;
using ::testing::ElementsAre;

constexpr int waiting = 40;

class Leaving : public scripted::Fixture {
  protected:
    /// A message a second: what waits would take the better part of a minute.
    realtime::Settings settings() const {
        auto made = cloud::quick_settings(server.url());
        made.budget_start = made.budget_max = 1;
        made.track_presence = true;
        return made;
    }
    /// Takes a connection to its end: its joins, its results by number, and in `words` all else.
    awaitable<void> take(Peer& peer) {
        for (;;) {
            const Said said = co_await peer.next();
            if (said.over) {
                words.push_back("close " + std::to_string(said.close_code));
                co_return;
            }
            if (said.event == "cdp-result") ++results;
            if (said.event == "phx_join") joins.push_back(said);
            if (said.event == "presence") words.push_back(said.json()["event"].get<std::string>());
            if (said.event == "phx_leave") words.push_back(said.event);
            co_await peer.ok(said);
            if (said.event == "phx_leave") co_await peer.close_channel(said);
        }
    }
    void publish(Agent& agent) const {
        for (int i = 0; i < waiting; ++i) ASSERT_TRUE(agent.publish(static_cast<realtime::Ticket>(i), "{}"));
    }

    std::vector<Said> joins;
    std::vector<std::string> words;
    int results = 0;
};

TEST_F(Leaving, AnUnpairDeliversWhatWaitsAndLeavesInOrderWithoutItsToken) {
    server.then([&](Peer& peer) -> awaitable<void> { co_await take(peer); });
    Agent agent{io, settings(), "token"};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined() && words.size() == 1; }));
    publish(agent);
    const TimePoint begun = platform::BootClock::now();
    agent.supervisor->stop(500ms);
    agent.tokens.clear();
    EXPECT_TRUE(agent.stop(500ms));
    EXPECT_LT(platform::BootClock::now() - begun, 500ms);
    ASSERT_TRUE(until([&] { return server.idle(); }));
    EXPECT_EQ(results, waiting);
    EXPECT_EQ(agent.recorder.settled_as(Settled::acknowledged), static_cast<std::size_t>(waiting));
    EXPECT_THAT(words, ElementsAre("track", "untrack", "phx_leave", "close 1000"));
}

TEST_F(Leaving, BeforeAStopTheBudgetDoesNotHoldBack) {
    server.then([&](Peer& peer) -> awaitable<void> { co_await take(peer); });
    Agent agent{io, settings(), "token"};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    publish(agent);
    agent.supervisor->stop_pacing();
    EXPECT_TRUE(until([&] { return results == waiting; }, 1s));
    EXPECT_TRUE(agent.joined());
}

TEST_F(Leaving, AStopWhileTheChannelIsClosedForTheRateJoinsOnceMoreToDeliver) {
    server.then([&](Peer& peer) -> awaitable<void> {
        const Said join = co_await peer.accept_join();
        co_await peer.event(join, "system",
                            R"({"message":"Too many messages per second","status":"error","extension":"system",)"
                            R"("channel":"device"})");
        co_await peer.close_channel(join);
        co_await take(peer);
    });
    auto own = settings();
    own.track_presence = false;
    Agent agent{io, own, "token"};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.status().counters.rate_closures == 1; }));
    publish(agent);
    EXPECT_TRUE(agent.stop(2s));
    ASSERT_TRUE(until([&] { return server.idle(); }));
    EXPECT_EQ(joins.size(), 1U);
    EXPECT_EQ(results, waiting);
    EXPECT_THAT(words, ElementsAre("phx_leave", "close 1000"));
}

TEST_F(Leaving, AStopWhileTheSocketIsAwayConnectsOnceMoreToDeliver) {
    server.then([&](Peer& peer) -> awaitable<void> {
        co_await peer.accept_join();
        peer.drop();
    });
    server.then([&](Peer& peer) -> awaitable<void> { co_await take(peer); });
    auto own = settings();
    own.track_presence = false;
    own.reconnect_spread = 1h;
    Agent agent{io, own, "token"};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.status().state == realtime::State::waiting; }));
    publish(agent);
    EXPECT_TRUE(agent.stop(2s));
    ASSERT_TRUE(until([&] { return server.idle(); }));
    EXPECT_EQ(server.connections(), 2);
    EXPECT_EQ(results, waiting);
    EXPECT_THAT(words, ElementsAre("phx_leave", "close 1000"));
}

}  // namespace
