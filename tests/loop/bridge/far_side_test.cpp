// The far browser over its channel: the real link and the hub, a far agent that is scripted.
#include "agent/bridge/far_side.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/bridge/channel_client.hpp"
#include "agent/bridge/core/far_text.hpp"
#include "tests/hub/hub.hpp"
#include "tests/loop/bridge/far_agent.hpp"
#include "tests/loop/bridge/hearer.hpp"

namespace {

using namespace std::chrono_literals;
using bridge::Answer;
using bridge::Call;
using bridge::ClientEnd;
using bridge_test::FarAgent;
using bridge_test::Hearer;
using nlohmann::json;
using ::testing::HasSubstr;

class FarSideLoop : public ::testing::Test {
  protected:
    static hub::Settings quick() {
        hub::Settings settings;
        settings.join_penalty = hub::milliseconds{50};
        settings.limits.events_per_second = 0;
        return settings;
    }
    FarSideLoop() : FarSideLoop{quick()} {}
    explicit FarSideLoop(const hub::Settings& of_backend) : backend{io, of_backend} {
        EXPECT_FALSE(backend.start());
        settings = cloud::quick_settings(backend.base() + "/realtime/v1");
    }
    ~FarSideLoop() override {
        agent.reset();
        if (far) stop();
        tokens.stop();
        backend.stop();
        io.restart();
        io.poll();
    }

    void start(const std::string& token) {
        credentials::Credential credential;
        credential.access_token = platform::Secret{std::string_view{token}};
        credential.api_key = platform::Secret{std::string_view{backend.anon_key()}};
        credential.origin = credentials::Origin::ephemeral;
        tokens.adopt(std::move(credential));
        far.emplace(bridge::Channel::Needs{io.get_executor(), network, settings, tokens},
                    bridge::Device{cloud::device_uuid, "lab"});
        const auto run = [this]() -> awaitable<void> {
            co_await far->run();
            ended = true;
        };
        net::co_spawn(io, run, rethrow);
    }
    void start() { start(backend.device_token(cloud::device_uuid)); }
    void stop() {
        far->stop(200ms);
        EXPECT_TRUE(until([&] { return ended; }));
        far.reset();
    }
    void start_agent(const std::string& instance = "first") {
        agent = std::make_unique<FarAgent>(io, settings, backend.device_token(cloud::device_uuid), backend.anon_key(),
                                           instance);
        ASSERT_TRUE(until([&] { return agent->link.joined(); }));
    }
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = 20s) {
        return cloud::run_until(io, done, limit);
    }
    Answer call(std::string method, Duration timeout = 10s) {
        std::optional<Answer> answer;
        const auto ask = [&]() -> awaitable<void> {
            Call wanted{.method = std::move(method)};
            wanted.timeout = timeout;
            answer = co_await far->call(std::move(wanted));
        };
        net::co_spawn(io, ask, rethrow);
        EXPECT_TRUE(until([&] { return answer.has_value(); }));
        return answer.value_or(Answer{});
    }
    std::unique_ptr<bridge::FarClient> open(Hearer& hearer, const bridge::OpenWish& wish = {}) {
        auto client = far->open(wish, hearer);
        EXPECT_FALSE(hearer.end) << "nothing is told during the call";
        return client;
    }
    static std::string message(int id) { return json{{"id", id}, {"method", "Page.reload"}}.dump(); }
    void expect_each_once_in_order(const std::vector<json>& messages, int count) {
        ASSERT_EQ(messages.size(), static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) EXPECT_EQ(messages[static_cast<std::size_t>(i)]["id"], i + 1);
    }

    net::io_context io;
    hub::Hub backend;
    realtime::Settings settings;
    platform::Worker network{"far"};
    credentials::Tokens tokens{io.get_executor()};
    std::unique_ptr<FarAgent> agent;
    std::optional<bridge::FarSide> far;
    bool ended = false;
};

TEST_F(FarSideLoop, ACallBringsTheBytesOfTheResultOrOfTheBrowsersError) {
    start_agent();
    start();
    agent->results["Page.reload"] = R"({"n":1.50, "n":"\u00e4"})";
    agent->errors["Page.crash"] = R"({"code":-32000,"message":"No"})";
    const Answer well = call("Page.reload");
    EXPECT_TRUE(well.ok);
    EXPECT_EQ(well.result, R"({"n":1.50, "n":"\u00e4"})");
    const Answer failed = call("Page.crash");
    EXPECT_FALSE(failed.ok);
    EXPECT_EQ(failed.error, R"({"code":-32000,"message":"No"})");
}

TEST_F(FarSideLoop, AResultOfTenMegabytesIsReadInPieces) {
    start_agent();
    start();
    agent->largest = 2'000'000;
    agent->results["Page.captureScreenshot"] = R"({"data":")" + std::string(10'000'000, 'x') + R"(\"\\"})";
    const Answer answer = call("Page.captureScreenshot");
    EXPECT_TRUE(answer.ok) << answer.error;
    EXPECT_TRUE(answer.result == agent->results["Page.captureScreenshot"]) << answer.result.size();
}

TEST_F(FarSideLoop, APieceThatABroadcastDoesNotCarryAnyMoreIsAskedForAgain) {
    start_agent();
    start();
    agent->largest = 100'000;
    agent->results["Page.captureScreenshot"] = R"({"data":")" + std::string(200'000, 'x') + R"("})";
    agent->shrinks = 8;
    const Answer answer = call("Page.captureScreenshot");
    EXPECT_TRUE(answer.ok) << answer.error;
    EXPECT_TRUE(answer.result == agent->results["Page.captureScreenshot"]) << answer.result.size();
    agent->shrinks = 9;
    EXPECT_EQ(bridge::read_error(call("Page.captureScreenshot").error).reason, "too_large") << "not for ever";
}

TEST_F(FarSideLoop, ADeviceThatNobodyAnswersForIsNamed) {
    start();
    const Answer answer = call("Page.reload", 100ms);
    const auto error = bridge::read_error(answer.error);
    EXPECT_EQ(error.source, "bridge");
    EXPECT_EQ(error.reason, "unanswered");
    EXPECT_THAT(error.message, HasSubstr("lab (" + std::string{cloud::device_uuid}));
}

TEST_F(FarSideLoop, ATokenWithoutTheRightIsSaidAtOnceToCallsAndClients) {
    start(backend.user_token("stranger"));
    Hearer hearer;
    const auto client = open(hearer);
    EXPECT_EQ(bridge::read_error(call("Page.reload").error).reason, "barred");
    ASSERT_TRUE(until([&] { return hearer.end.has_value(); }));
    EXPECT_EQ(*hearer.end, ClientEnd::unreachable);
    EXPECT_FALSE(hearer.opened);
    EXPECT_EQ(bridge::read_error(call("Page.reload").error).reason, "barred") << "later ones too";
}

TEST_F(FarSideLoop, AClientSendsBeforeItIsOpenAndHearsAllInOrder) {
    start_agent();
    start();
    Hearer hearer;
    const auto client = open(hearer);
    for (int i = 1; i <= 100; ++i) EXPECT_TRUE(client->send(message(i)));
    ASSERT_TRUE(until([&] { return hearer.messages.size() == 100; }));
    EXPECT_TRUE(hearer.opened);
    expect_each_once_in_order(agent->got, 100);
    expect_each_once_in_order(hearer.messages, 100);
    EXPECT_LT(agent->posts, 10) << "what comes in one turn goes together";
}

/// A script awaits the reply to its navigation, and listens for the load from then on.
TEST_F(FarSideLoop, AReplyIsHeardBeforeTheEventsBehindIt) {
    start_agent();
    agent->behind = R"({"method":"Page.loadEventFired","params":{}})";
    start();
    Hearer hearer;
    const auto client = open(hearer);
    client->send(message(1));
    client->send(message(2));
    ASSERT_TRUE(until([&] { return hearer.messages.size() == 4; }));
    EXPECT_EQ(hearer.messages[1]["method"], "Page.loadEventFired");
    EXPECT_EQ(hearer.messages[2]["id"], 2);
    EXPECT_EQ(hearer.messages[3]["method"], "Page.loadEventFired");
    EXPECT_GE(hearer.heard_at[3] - hearer.heard_at[2], bridge::ChannelClient::reply_pause);
}

/// A client's library writes its commands one by one, and each may come in another turn of the loop.
TEST_F(FarSideLoop, WhatIsWrittenWithinAMomentGoesInOnePost) {
    start_agent();
    start();
    Hearer hearer;
    const auto client = open(hearer);
    ASSERT_TRUE(until([&] { return hearer.opened; }));
    constexpr int rounds = 10;
    constexpr int of_each = 5;
    int late = 0;  // messages that this machine wrote after the moment was over
    for (int round = 0; round < rounds; ++round) {
        const auto write = [&]() -> awaitable<void> {
            const auto begun = std::chrono::steady_clock::now();
            auto last = begun;
            for (int i = 1; i <= of_each; ++i) {
                const auto now = std::chrono::steady_clock::now();
                const bool in_time = now - std::exchange(last, now) < bridge::ChannelClient::gather &&
                                     now - begun < bridge::ChannelClient::gather_most;
                if (!in_time) ++late;
                client->send(message(round * of_each + i));
                co_await net::post(io, net::use_awaitable);
            }
        };
        net::co_spawn(io, write, rethrow);
        const auto all = static_cast<std::size_t>((round + 1) * of_each);
        ASSERT_TRUE(until([&] { return hearer.messages.size() == all; }));
    }
    expect_each_once_in_order(agent->got, rounds * of_each);
    EXPECT_LE(agent->posts, rounds + rounds / 5 + late) << "acknowledgements go with what is posted; late: " << late;
}

/// A script that waits for each answer: how many of its messages are answered within that time.
class FarPace : public FarSideLoop {
  protected:
    int answered_within(std::chrono::milliseconds limit, int most) {
        settings.budget_start = settings.budget_max = 1;
        start();
        Hearer hearer;
        const auto client = open(hearer);
        EXPECT_TRUE(until([&] { return hearer.opened; }));
        int sent = 0;
        const auto done = [&] {
            const int answered = static_cast<int>(hearer.messages.size());
            if (answered == sent && sent < most) client->send(message(++sent));
            return answered == most;
        };
        until(done, limit);
        return static_cast<int>(hearer.messages.size());
    }
};

TEST_F(FarPace, IsTheOneThatTheAgentGives) {
    start_agent();
    agent->pace = 1000;
    EXPECT_EQ(answered_within(10s, 60), 60) << "its own setting is one in a second";
}

TEST_F(FarPace, IsAnyNumberWhereTheAgentSaysSo) {
    start_agent();
    EXPECT_EQ(answered_within(10s, 60), 60);
}

TEST_F(FarPace, ChangesWithWhatABroadcastTells) {
    start_agent();
    agent->pace = 1;
    agent->pace_now = 1000;
    EXPECT_EQ(answered_within(10s, 60), 60);
}

TEST_F(FarPace, BecomesNoneForNoWordOnTheWay) {
    start_agent();
    agent->pace = 2;
    agent->pace_now = 0;
    EXPECT_LT(answered_within(1s, 60), 10) << "anybody on the channel may have written it";
}

TEST_F(FarPace, IsKeptTo) {
    start_agent();
    agent->pace = 2;
    EXPECT_LT(answered_within(1s, 60), 10);
}

/// One message after the other, while the pace has no room.
TEST_F(FarPace, GathersWhatComesUntilThereIsRoom) {
    start_agent();
    agent->pace = 2;
    settings.budget_start = settings.budget_max = 1;
    start();
    Hearer hearer;
    const auto client = open(hearer);
    ASSERT_TRUE(until([&] { return hearer.opened; }));
    int sent = 0;
    const auto all_answered = [&] { return hearer.messages.size() == static_cast<std::size_t>(sent); };
    do {
        client->send(message(++sent));
        ASSERT_LT(sent, 20) << "no message waits for the pace, and this test proves nothing";
    } while (until(all_answered, 200ms));
    const int posts = agent->posts;
    client->send(message(++sent));
    ASSERT_TRUE(until(all_answered));
    EXPECT_EQ(agent->posts - posts, 1) << "the later message goes with the one that waited";
}

TEST_F(FarSideLoop, MessagesLargerThanABroadcastPassBothWays) {
    settings.payload_limit = 200'000;
    start_agent();
    start();
    Hearer hearer;
    const auto client = open(hearer);
    const std::string large(1'000'000, 'x');
    EXPECT_TRUE(client->send(json{{"id", 1}, {"method", "Page.reload"}, {"large", large}}.dump()));
    ASSERT_TRUE(until([&] { return hearer.messages.size() == 1; }));
    EXPECT_TRUE(agent->got[0]["large"] == large);
    agent->tell(json{{"method", "Page.large"}, {"params", {{"large", large}}}}.dump());
    ASSERT_TRUE(until([&] { return hearer.messages.size() == 2; }));
    EXPECT_TRUE(hearer.messages[1]["params"]["large"] == large);
}

/// At a backend whose limit is the smallest one, which nobody has said.
class SmallBackend : public FarSideLoop {
  protected:
    SmallBackend() : FarSideLoop{small()} {}
    static hub::Settings small() {
        hub::Settings settings = quick();
        settings.limits.payload_kb = 256;
        return settings;
    }
};

TEST_F(SmallBackend, AMessageThatItRefusesForItsSizeGoesInParts) {
    start_agent();
    start();
    Hearer hearer;
    const auto client = open(hearer);
    EXPECT_TRUE(client->send(message(1)));
    ASSERT_TRUE(until([&] { return hearer.messages.size() == 1; }));
    const std::string large(340'000, 'x');
    EXPECT_TRUE(client->send(json{{"id", 2}, {"method", "Page.reload"}, {"large", large}}.dump()));
    EXPECT_TRUE(client->send(message(3)));
    ASSERT_TRUE(until([&] { return hearer.messages.size() == 3; })) << hearer.sentence;
    expect_each_once_in_order(agent->got, 3);
    EXPECT_TRUE(agent->got[1]["large"] == large);
}

TEST_F(FarSideLoop, ALinkThatIsCutAgainAndAgainLosesAndDoublesNothing) {
    start_agent();
    start();
    Hearer hearer;
    const auto client = open(hearer);
    constexpr int rounds = 5, a_round = 40;
    for (int round = 0; round < rounds; ++round) {
        const auto before = hearer.messages.size();
        for (int i = 1; i <= a_round; ++i) EXPECT_TRUE(client->send(message(round * a_round + i)));
        ASSERT_TRUE(until([&] { return hearer.messages.size() > before; }));
        backend.drop_all();
    }
    ASSERT_TRUE(until([&] { return hearer.messages.size() >= rounds * a_round; }, 40s)) << hearer.messages.size();
    expect_each_once_in_order(agent->got, rounds * a_round);
    expect_each_once_in_order(hearer.messages, rounds * a_round);
    EXPECT_FALSE(hearer.end);
}

TEST_F(FarSideLoop, AnAgentThatStartedAnewIsNoticedThoughTheClientIsQuiet) {
    start_agent("first");
    start();
    Hearer hearer;
    const auto client = open(hearer);
    ASSERT_TRUE(until([&] { return hearer.opened; }));
    agent.reset();
    start_agent("second");
    ASSERT_TRUE(until([&] { return hearer.end.has_value(); }));
    EXPECT_EQ(*hearer.end, ClientEnd::agent_changed);
    Hearer next;
    const auto another = open(next);
    EXPECT_TRUE(until([&] { return next.opened; }));
}

TEST_F(FarSideLoop, ARefusedOpenAndAnEndOfTheAgentsAreTold) {
    start_agent();
    start();
    agent->errors["Agent.open"] =
        R"({"code":-32017,"message":"A client has it.","data":{"source":"agent","reason":"busy"}})";
    Hearer busy;
    const auto refused = open(busy);
    ASSERT_TRUE(until([&] { return busy.end.has_value(); }));
    EXPECT_EQ(*busy.end, ClientEnd::busy);
    EXPECT_THAT(busy.sentence, HasSubstr("A client has it."));
    agent->errors.clear();
    Hearer hearer;
    const auto client = open(hearer);
    ASSERT_TRUE(until([&] { return hearer.opened; }));
    agent->end_all("browser_lost");
    ASSERT_TRUE(until([&] { return hearer.end.has_value(); }));
    EXPECT_EQ(*hearer.end, ClientEnd::browser_lost);
    EXPECT_FALSE(client->send(message(1)));
}

TEST_F(FarSideLoop, AClientThatGoesIsClosedAtTheAgentAlsoBeforeItWasOpen) {
    start_agent();
    start();
    Hearer hearer;
    auto client = open(hearer);
    ASSERT_TRUE(until([&] { return hearer.opened; }));
    client.reset();
    ASSERT_TRUE(until([&] { return agent->closed.size() == 1; }));
    auto hasty = open(hearer);
    hasty.reset();
    ASSERT_TRUE(until([&] { return agent->closed.size() == 2; }));
    EXPECT_EQ(agent->closed, (std::vector<std::string>{"first-1", "first-2"}));
    EXPECT_FALSE(hearer.end) << "who goes is told nothing";
}

TEST_F(FarSideLoop, AStopTellsCallsAndClients) {
    start_agent();
    start();
    Hearer hearer;
    auto client = open(hearer);
    ASSERT_TRUE(until([&] { return hearer.opened; }));
    agent->silent = true;
    std::optional<Answer> answer;
    const auto ask = [&]() -> awaitable<void> {
        Call wanted{.method = "Page.reload"};
        answer = co_await far->call(std::move(wanted));
    };
    net::co_spawn(io, ask, rethrow);
    io.poll();
    agent->silent = false;
    far->stop(500ms);
    ASSERT_TRUE(until([&] { return ended && answer && hearer.end; }));
    EXPECT_EQ(bridge::read_error(answer->error).reason, "stopped");
    EXPECT_EQ(*hearer.end, ClientEnd::unreachable);
    ASSERT_TRUE(until([&] { return agent->closed.size() == 1; }));
    client.reset();
    far.reset();
}

/// A client by itself, so that a test says what time it is.
class ClientAlone : public FarSideLoop, public bridge::ClientKeeper {
  protected:
    struct Ears final : bridge::ChannelListener {
        void on_result(std::string_view) override {}
        void on_client_event(std::string_view, std::string_view) override {}
        void on_presence() override {}
        void on_joined(bool) override {}
        void on_barred() override {}
        void on_sent(realtime::Ticket ticket) override { sent = ticket; }
        void on_settled(realtime::Ticket, realtime::Settled) override {}
        realtime::Ticket sent = 0;
    };
    void wake() override {}
    void forget(const bridge::ChannelClient&) override {}
    void close(const std::string& name) override { closed.push_back(name); }
    relay::PaceTurns& turns() override { return turns_; }
    void be_given_pace(double) override {}

    std::vector<std::string> closed;
    relay::PaceTurns turns_{[](TimePoint now) { return now; }};
};

TEST_F(ClientAlone, ShowsLifeThriceALeaseAndGivesUpWhoDoesNotAcknowledge) {
    start_agent();
    start();  // its tokens
    Ears ears;
    bridge::Channel channel{{io.get_executor(), network, settings, tokens}, cloud::device_uuid, ears};
    bool over = false;
    const auto run = [&]() -> awaitable<void> {
        co_await channel.run();
        over = true;
    };
    net::co_spawn(io, run, rethrow);
    ASSERT_TRUE(until([&] { return channel.joined(); }));
    Hearer hearer;
    bridge::ChannelClient client{{*this, channel, hearer}, false};
    client.on_opened({.ok = true, .result = R"({"client":"n1","instance":"first","limits":{"payloadBytes":3000000}})"});
    EXPECT_TRUE(hearer.opened);
    const TimePoint now = platform::BootClock::now();
    client.tend(now);
    EXPECT_GT(client.due_at(), now + 30s);
    EXPECT_LE(client.due_at(), now + bridge::ChannelClient::lease / 3);
    client.tend(now + 41s);
    ASSERT_TRUE(until([&] { return agent->bare_posts == 1 && ears.sent != 0; }));
    client.on_sent(ears.sent, now + 41s);

    agent->silent = true;
    EXPECT_TRUE(client.send(message(1)));
    client.tend(now + 42s);
    client.tend(now + 43s);
    ASSERT_TRUE(until([&] { return ears.sent == 2; }));
    client.on_sent(ears.sent, now + 43s);
    client.tend(now + 42s + bridge::ChannelClient::silence_limit);
    client.tend(now + 42s + bridge::ChannelClient::silence_limit);
    ASSERT_TRUE(hearer.end);
    EXPECT_EQ(*hearer.end, ClientEnd::unreachable);
    channel.stop(0s);
    EXPECT_TRUE(until([&] { return over; }));
}

TEST_F(ClientAlone, AMessageBeyondTheAgentsBoundEndsTheClientLater) {
    start();
    Ears ears;
    bridge::Channel channel{{io.get_executor(), network, settings, tokens}, cloud::device_uuid, ears};
    Hearer hearer;
    {
        bridge::ChannelClient client{{*this, channel, hearer}, false};
        client.on_opened({.ok = true, .result = R"({"client":"n1","instance":"i","limits":{"messageBytes":30}})"});
        EXPECT_TRUE(client.send(std::string(30, ' ')));
        EXPECT_FALSE(client.send(std::string(31, ' ')));
        EXPECT_FALSE(hearer.end);
        client.tend(platform::BootClock::now());
        ASSERT_TRUE(hearer.end);
        EXPECT_EQ(*hearer.end, ClientEnd::overrun);
    }
    EXPECT_EQ(closed, std::vector<std::string>{"n1"});
}

}  // namespace
