// Tokens that live 40 s, under load, for minutes: the agent stays joined and no command is lost. BMC_SOAK_SECONDS says
// how long (tests/full/link runs it for ten minutes).
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "tests/hub/hub.hpp"
#include "tests/hub/socket.hpp"
#include "tests/loop/realtime/cloud.hpp"

namespace {

using namespace std::chrono_literals;
using cloud::Agent;

constexpr auto token_life = 40s;
constexpr auto command_every = 50ms;

std::chrono::seconds soak_time() {
    const char* given = std::getenv("BMC_SOAK_SECONDS");
    return std::chrono::seconds{given == nullptr ? 120 : std::atoi(given)};
}

class ShortTokens : public ::testing::Test {
  protected:
    static hub::Settings unlimited() {
        hub::Settings settings;
        settings.limits.events_per_second = 0;
        return settings;
    }
    ShortTokens() : backend{io, unlimited()} { EXPECT_FALSE(backend.start()); }
    ~ShortTokens() override {
        backend.stop();
        io.restart();
        io.poll();
    }
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = 20s) {
        return cloud::run_until(io, done, limit);
    }
    std::string fresh() { return backend.device_token(cloud::device_uuid, token_life); }

    /// With the product's own times: heartbeats, the refresh ahead of the end, the pause between two pushes.
    std::unique_ptr<Agent> member() {
        auto settings = cloud::quick_settings(backend.base() + "/realtime/v1");
        const realtime::Settings usual;
        settings.heartbeat = usual.heartbeat;
        settings.silence = usual.silence;
        settings.silence_joining = usual.silence_joining;
        settings.reconnect_spread = usual.reconnect_spread;
        const auto fetch = [this](const credentials::RefreshGrant&) -> awaitable<Result<credentials::Grant>> {
            ++refreshes;
            credentials::Grant grant;
            grant.access_token = platform::Secret{fresh()};
            co_return grant;
        };
        auto made = std::make_unique<Agent>(io, settings, "unused", backend.anon_key(), fetch);
        made->give_refreshable_token(fresh(), backend.anon_key());
        made->start();
        return made;
    }

    net::io_context io;
    hub::Hub backend;
    int refreshes = 0;
};

TEST_F(ShortTokens, StayJoinedUnderLoadAndLoseNoCommand) {
    auto agent = member();
    auto controller = member();
    ASSERT_TRUE(until([&] { return agent->joined() && controller->joined(); }));
    realtime::Ticket answers = 0;
    agent->recorder.also = [&](const realtime::Broadcast& broadcast) {
        agent->publish(++answers, std::string{broadcast.payload});  // the agent answers what it is asked
    };
    const auto seconds = soak_time();
    const TimePoint end = platform::BootClock::now() + seconds;
    realtime::Ticket asked = 0;
    TimePoint next = platform::BootClock::now();
    std::map<std::string, int> heard;
    const auto take_heard = [&] {
        for (const auto& one : controller->recorder.heard) ++heard[one.payload];
        controller->recorder.heard.clear();
        agent->recorder.heard.clear();
    };
    while (platform::BootClock::now() < end) {
        ++asked;
        ASSERT_TRUE(controller->supervisor->publish(
            {asked, realtime::Lane::answer, "cdp-command", "{\"id\":" + std::to_string(asked) + "}"}));
        next += command_every;
        ASSERT_TRUE(until([&] { return platform::BootClock::now() >= next; }));
        take_heard();
    }
    const auto all_back = [&] {
        take_heard();
        return heard.size() == asked;
    };
    EXPECT_TRUE(until(all_back)) << "lost: " << asked - heard.size() << " of " << asked;
    for (const auto* one : {agent.get(), controller.get()}) {
        EXPECT_TRUE(one->joined());
        EXPECT_EQ(one->status().counters.closes, 0u);
        EXPECT_EQ(one->status().counters.connections, 1u);
        EXPECT_GE(one->status().counters.tokens_pushed, static_cast<std::uint64_t>(seconds / token_life));
    }
    EXPECT_GE(refreshes, 2 * static_cast<int>(seconds / token_life));
    EXPECT_LE(refreshes, 2 * static_cast<int>(seconds / (token_life / 2) + 2)) << "never before half of their life";
}

}  // namespace
