// A far browser whose channel is joined only while somebody uses it: the real link and the hub, a scripted far agent.
#include "agent/bridge/far_on_demand.hpp"

#include <gtest/gtest.h>

#include "tests/hub/hub.hpp"
#include "tests/loop/bridge/far_agent.hpp"

namespace {

using namespace std::chrono_literals;
using bridge::Answer;
using bridge::Call;
using bridge::FarOnDemand;
using bridge_test::FarAgent;

struct Deaf final : bridge::ClientListener {
    void on_open() override { opened = true; }
    void on_message(std::string_view) override {}
    void on_end(bridge::ClientEnd, std::string_view) override { ended = true; }
    bool opened = false;
    bool ended = false;
};

/// Counts joins and losses.
struct LinkWatch final : bridge::FarSideListener {
    void on_link(const bridge::FarSide& far) override { joins += far.joined() ? 1 : 0; }
    int joins = 0;
};

class OnDemand : public ::testing::Test {
  protected:
    static hub::Settings quick() {
        hub::Settings settings;
        settings.limits.events_per_second = 0;
        return settings;
    }
    OnDemand() : backend{io, quick()} {
        EXPECT_FALSE(backend.start());
        settings = cloud::quick_settings(backend.base() + "/realtime/v1");
        agent = std::make_unique<FarAgent>(io, settings, backend.device_token(cloud::device_uuid), backend.anon_key(),
                                           "first");
        EXPECT_TRUE(until([&] { return agent->link.joined(); }));
        credentials::Credential credential;
        credential.access_token = platform::Secret{std::string_view{backend.device_token(cloud::device_uuid)}};
        credential.api_key = platform::Secret{std::string_view{backend.anon_key()}};
        credential.origin = credentials::Origin::ephemeral;
        tokens.adopt(std::move(credential));
        far.emplace(bridge::Channel::Needs{io.get_executor(), network, settings, tokens},
                    bridge::Device{cloud::device_uuid, "lab"}, FarOnDemand::Join::while_used);
        far->connect(links);
        const auto run = [this]() -> awaitable<void> {
            co_await far->run();
            ended = true;
        };
        net::co_spawn(io, run, rethrow);
    }
    ~OnDemand() override {
        agent.reset();
        if (!ended) stop();
        tokens.stop();
        backend.stop();
        io.restart();
        io.poll();
    }
    void stop() {
        far->stop();
        EXPECT_TRUE(until([&] { return ended; }));
    }
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = 20s) {
        return cloud::run_until(io, done, limit);
    }
    Answer call() {
        std::optional<Answer> answer;
        const auto ask = [&]() -> awaitable<void> {
            Call wanted{.method = "Page.reload"};
            answer = co_await far->call(std::move(wanted));
        };
        net::co_spawn(io, ask, rethrow);
        EXPECT_TRUE(until([&] { return answer.has_value(); }));
        return answer.value_or(Answer{});
    }

    net::io_context io;
    hub::Hub backend;
    realtime::Settings settings;
    platform::Worker network{"far"};
    credentials::Tokens tokens{io.get_executor()};
    std::unique_ptr<FarAgent> agent;
    LinkWatch links;
    std::optional<FarOnDemand> far;
    bool ended = false;
};

TEST_F(OnDemand, JoinsForACallAndLeavesWhenThereWasNoneForAWhile) {
    EXPECT_EQ(links.joins, 0);
    EXPECT_EQ(far->payload_limit(), 0u);
    EXPECT_TRUE(call().ok);
    EXPECT_EQ(links.joins, 1);
    EXPECT_TRUE(call().ok);
    EXPECT_EQ(links.joins, 1) << "the channel is still joined";
    EXPECT_GT(far->payload_limit(), 0u);
    EXPECT_TRUE(until([&] { return far->payload_limit() == 0; })) << "it did not leave";
    EXPECT_TRUE(call().ok);
    EXPECT_EQ(links.joins, 2);
}

TEST_F(OnDemand, StaysWhileAClientIsOpenAndALittleLonger) {
    Deaf hearer;
    auto client = far->open({}, hearer);
    EXPECT_TRUE(far->has_clients());
    ASSERT_TRUE(until([&] { return hearer.opened; }));
    // Longer than it stays without one.
    platform::Timer later{io, platform::BootClock::now() + FarOnDemand::idle_limit + 1s};
    bool waited = false;
    later.async_wait([&](const Error&) { waited = true; });
    ASSERT_TRUE(until([&] { return waited; }));
    EXPECT_EQ(links.joins, 1);
    EXPECT_GT(far->payload_limit(), 0u);
    client.reset();
    EXPECT_FALSE(far->has_clients());
    EXPECT_GT(far->payload_limit(), 0u) << "somebody who comes back at once does not wait for a join";
    EXPECT_TRUE(until([&] { return agent->closed.size() == 1; })) << "the far agent was told";
    EXPECT_TRUE(until([&] { return far->payload_limit() == 0; }));
}

TEST_F(OnDemand, AStopEndsClientsAndAnswersCalls) {
    Deaf hearer;
    const auto client = far->open({}, hearer);
    ASSERT_TRUE(until([&] { return hearer.opened; }));
    stop();
    EXPECT_TRUE(hearer.ended);
    EXPECT_FALSE(call().ok);
}

TEST_F(OnDemand, AStopWhileNobodyUsesItNeedsNoLink) {
    stop();
    EXPECT_EQ(links.joins, 0);
    EXPECT_FALSE(call().ok) << "a call after the end is answered";
}

}  // namespace
