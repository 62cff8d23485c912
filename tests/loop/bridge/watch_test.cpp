// A bystander on a device's channel, and a look at a channel's presence: the real link and the hub.
#include "agent/bridge/watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/bridge/presence_watch.hpp"
#include "tests/hub/hub.hpp"
#include "tests/loop/bridge/far_agent.hpp"

namespace {

using namespace std::chrono_literals;
using bridge::SeenMessage;
using bridge_test::FarAgent;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = bridge::SeenMessage::Kind;

class WatchLoop : public ::testing::Test {
  protected:
    static hub::Settings quick() {
        hub::Settings settings;
        settings.join_penalty = hub::milliseconds{50};
        settings.limits.events_per_second = 0;
        return settings;
    }
    WatchLoop() : backend{io, quick()} {
        EXPECT_FALSE(backend.start());
        settings = cloud::quick_settings(backend.base() + "/realtime/v1");
    }
    ~WatchLoop() override {
        agent.reset();
        if (watch && !over) watch->stop();
        EXPECT_TRUE(until([&] { return !watch || over; }));
        tokens.stop();
        backend.stop();
        io.restart();
        io.poll();
    }
    void hold(const std::string& token) {
        credentials::Credential credential;
        credential.access_token = platform::Secret{std::string_view{token}};
        credential.api_key = platform::Secret{std::string_view{backend.anon_key()}};
        credential.origin = credentials::Origin::ephemeral;
        tokens.adopt(std::move(credential));
    }
    bridge::Channel::Needs needs() { return {io.get_executor(), network, settings, tokens}; }
    void start(const std::string& token) {
        hold(token);
        bridge::Watch::Outputs outputs;
        outputs.sight = [this](const SeenMessage& sight) { seen.push_back(sight); };
        outputs.say = [this](std::string_view sentence) { said.emplace_back(sentence); };
        watch.emplace(needs(), bridge::Device{cloud::device_uuid, "lab"}, std::move(outputs));
        const auto run = [this]() -> awaitable<void> {
            co_await watch->run();
            over = true;
        };
        net::co_spawn(io, run, rethrow);
    }
    void start() {
        start(backend.device_token(cloud::device_uuid));
        ASSERT_TRUE(until([&] { return !said.empty(); }));
        EXPECT_EQ(said.front(), "Watching lab (" + std::string{cloud::device_uuid} +
                                    "). Nothing is sent on its channel. Ctrl-C ends the watch.");
    }
    void start_agent() {
        agent = std::make_unique<FarAgent>(io, settings, backend.device_token(cloud::device_uuid), backend.anon_key(),
                                           "first");
        ASSERT_TRUE(until([&] { return agent->link.joined(); }));
    }
    void say_on_channel(std::string event, std::string payload) {
        agent->link.supervisor->publish({++ticket, realtime::Lane::answer, std::move(event), std::move(payload)});
    }
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = 20s) {
        return cloud::run_until(io, done, limit);
    }

    net::io_context io;
    hub::Hub backend;
    realtime::Settings settings;
    platform::Worker network{"watch"};
    credentials::Tokens tokens{io.get_executor()};
    std::unique_ptr<FarAgent> agent;
    std::optional<bridge::Watch> watch;
    std::vector<SeenMessage> seen;
    std::vector<std::string> said;
    realtime::Ticket ticket = 1000;
    bool over = false;
};

TEST_F(WatchLoop, SeesACommandItsAnswerAndWhatHasNone) {
    start_agent();
    agent->silent = true;
    start();
    say_on_channel("cdp-command", R"({"id":1,"method":"Page.reload"})");
    say_on_channel("cdp-command", R"({"id":2,"method":"Page.enable"})");
    say_on_channel("cdp-result", R"({"id":2,"ok":true,"result":{}})");
    ASSERT_TRUE(until([&] { return seen.size() == 2; }));
    EXPECT_EQ(seen[0].kind, Kind::answer);
    EXPECT_EQ(seen[0].method, "Page.enable");
    EXPECT_EQ(seen[1].kind, Kind::waiting);
    EXPECT_EQ(seen[1].method, "Page.reload");
    watch->stop();
    EXPECT_TRUE(until([&] { return over; }));
    EXPECT_EQ(watch->why_barred(), "");
}

TEST_F(WatchLoop, SendsNothingThatOthersHear) {
    start_agent();
    const auto before = agent->link.recorder.heard.size();
    start();
    say_on_channel("cdp-command", R"({"id":2,"method":"Page.enable"})");
    say_on_channel("cdp-result", R"({"id":2,"ok":true,"result":{}})");
    ASSERT_TRUE(until([&] { return seen.size() == 1; }));
    EXPECT_EQ(agent->link.recorder.heard.size(), before);
}

TEST_F(WatchLoop, EndsWhereTheChannelCannotBeJoined) {
    start(backend.user_token("stranger"));
    ASSERT_TRUE(until([&] { return over; }));
    EXPECT_THAT(watch->why_barred(),
                HasSubstr("the channel of lab (" + std::string{cloud::device_uuid} + ") is not joined"));
    EXPECT_EQ(watch->cause(), realtime::Cause::credential);
    EXPECT_THAT(said, IsEmpty()) << "the caller says it";
}

TEST_F(WatchLoop, ALookAtPresenceBringsTheStateOrTheReason) {
    bridge::PresenceLook look;
    bool done = false;
    const auto look_as = [&](const std::string& token) {
        hold(token);
        done = false;
        const auto work = [&]() -> awaitable<void> {
            const Duration limit = 5s;
            look = co_await bridge::look_at_presence(needs(), limit);
            done = true;
        };
        net::co_spawn(io, work, rethrow);
        EXPECT_TRUE(until([&] { return done; }));
    };
    look_as(backend.user_token("ada"));
    EXPECT_TRUE(look.roll.known()) << look.problem;
    EXPECT_EQ(look.problem, "");
    EXPECT_FALSE(look.roll.version_of(cloud::device_uuid));
    look_as("no token");
    EXPECT_FALSE(look.roll.known());
    EXPECT_NE(look.problem, "");
}

}  // namespace
