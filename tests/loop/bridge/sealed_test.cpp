// The far browser inside of TLS: the real link and the hub, a far agent that is scripted, and somebody in the middle.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/bridge/core/call_error.hpp"
#include "agent/bridge/core/far_text.hpp"
#include "agent/bridge/far_side.hpp"
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

const std::string secret_marker = "what-nobody-else-reads";

class SealedLoop : public ::testing::Test {
  protected:
    static hub::Settings quick() {
        hub::Settings settings;
        settings.join_penalty = hub::milliseconds{50};
        settings.limits.events_per_second = 0;
        return settings;
    }
    SealedLoop() : backend{io, quick()} {
        EXPECT_FALSE(backend.start());
        settings = cloud::quick_settings(backend.base() + "/realtime/v1");
        middle({{"watch", true}});
        agent = std::make_unique<FarAgent>(io, settings, backend.device_token(cloud::device_uuid), backend.anon_key(),
                                           "first");
        agent->seal_key = of_agent;
        agent->results["Runtime.evaluate"] = json{{"result", {{"value", secret_marker}}}}.dump();
        EXPECT_TRUE(until([&] { return agent->link.joined(); }));
    }
    ~SealedLoop() override {
        agent.reset();
        if (far) stop();
        tokens.stop();
        backend.stop();
        io.restart();
        io.poll();
    }

    void start(const std::optional<platform::PublicKey>& expected) {
        credentials::Credential credential;
        credential.access_token = platform::Secret{std::string_view{backend.device_token(cloud::device_uuid)}};
        credential.api_key = platform::Secret{std::string_view{backend.anon_key()}};
        credential.origin = credentials::Origin::ephemeral;
        tokens.adopt(std::move(credential));
        far.emplace(bridge::Channel::Needs{io.get_executor(), network, settings, tokens},
                    bridge::Device{cloud::device_uuid, "lab"}, bridge::SealKeys{own, expected});
        const auto run = [this]() -> awaitable<void> {
            co_await far->run();
            ended = true;
        };
        net::co_spawn(io, run, rethrow);
    }
    void start() { start(of_agent.public_key()); }
    void stop() {
        far->stop(200ms);
        EXPECT_TRUE(until([&] { return ended; }));
        far.reset();
    }
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = 20s) {
        return cloud::run_until(io, done, limit);
    }
    Answer call(std::string method, std::string params = {}) {
        std::optional<Answer> answer;
        const auto ask = [&]() -> awaitable<void> {
            Call wanted{.method = std::move(method), .params = std::move(params)};
            wanted.timeout = 10s;
            answer = co_await far->call(std::move(wanted));
        };
        net::co_spawn(io, ask, rethrow);
        EXPECT_TRUE(until([&] { return answer.has_value(); }));
        return answer.value_or(Answer{});
    }
    /// A member of the channel sends it, as it was recorded or with another text.
    void replay(const hub::Json& recorded, std::string payload = {}) {
        if (payload.empty()) payload = recorded["payload"];
        const bool raw = recorded.contains("bytes");
        if (raw) realtime::append_raw(payload, *platform::from_base64(recorded["bytes"].get<std::string>()));
        const std::string topic = std::string{"realtime:device:"} + cloud::device_uuid;
        const auto form = raw ? hub::Broadcast::Form::user_raw : hub::Broadcast::Form::user_json;
        hub::Broadcast message{form, topic, "cdp-command", payload};
        backend.tenant().broadcast(true, topic, message, nullptr);
    }
    hub::Json middle(const hub::Json& body) { return backend.tenant().middleman.handle(body); }
    static std::string evaluate(int id) {
        return json{{"id", id}, {"method", "Runtime.evaluate"}, {"params", {{"expression", secret_marker}}}}.dump();
    }

    net::io_context io;
    hub::Hub backend;
    realtime::Settings settings;
    platform::Worker network{"far"};
    credentials::Tokens tokens{io.get_executor()};
    const platform::KeyPair own = platform::KeyPair::make();
    const platform::KeyPair of_agent = platform::KeyPair::make();
    std::unique_ptr<FarAgent> agent;
    std::optional<bridge::FarSide> far;
    bool ended = false;
};

/// With records as bytes, and in base64.
class SealedForms : public SealedLoop, public ::testing::WithParamInterface<bool> {
  protected:
    SealedForms() { agent->binary = GetParam(); }
    /// What fits the client's posts or events alone, behind the handshake.
    static hub::Json rule(const std::string& deed, const std::string& event) {
        if (GetParam()) return {{"do", deed}, {"event", event}, {"raw", true}};
        return {{"do", deed}, {"event", event}, {"holds", "\"data\""}};
    }
};
INSTANTIATE_TEST_SUITE_P(Both, SealedForms, ::testing::Bool(),
                         [](const auto& form) { return form.param ? "Raw" : "Base64"; });

TEST_P(SealedForms, NothingOfACommandOrAResultIsReadOnTheWay) {
    start();
    Hearer hearer;
    const auto client = far->open({.label = secret_marker}, hearer);
    for (int id = 1; id <= 20; ++id) ASSERT_TRUE(client->send(evaluate(id)));
    ASSERT_TRUE(until([&] { return hearer.messages.size() == 20; }));
    for (int id = 1; id <= 20; ++id) EXPECT_EQ(hearer.messages[static_cast<std::size_t>(id - 1)]["id"], id);
    EXPECT_EQ(hearer.messages[0]["result"]["result"]["value"], secret_marker);
    EXPECT_EQ(agent->got[0]["params"]["expression"], secret_marker);
    const Answer answer = call("Runtime.evaluate", json{{"expression", secret_marker}}.dump());
    EXPECT_THAT(answer.result, HasSubstr(secret_marker));
    const auto seen = middle({{"find", secret_marker}, {"list", {{"event", "cdp-event"}}}});
    EXPECT_FALSE(seen["full"]);
    EXPECT_GT(seen["list"].size(), 0u);
    EXPECT_EQ(seen["found"], 0);
    for (const auto& one : seen["list"]) {
        const json text = json::parse(one["payload"].get<std::string>());
        EXPECT_EQ(text.contains("data"), !GetParam() && text.contains("seq")) << one;
        EXPECT_EQ(one.contains("bytes"), GetParam() && text.contains("seq")) << one;
    }
    EXPECT_EQ(agent->raw_posts > 0, GetParam());
}

/// The server hands no raw broadcast to such a socket, and takes none.
TEST_F(SealedLoop, ASocketOfVersion1GetsBase64) {
    settings.vsn = realtime::Vsn::v1;  // of this end alone
    start();
    Hearer hearer;
    const auto client = far->open({}, hearer);
    ASSERT_TRUE(client->send(evaluate(1)));
    ASSERT_TRUE(until([&] { return hearer.messages.size() == 1; }));
    EXPECT_EQ(agent->raw_posts, 0);
    const auto seen = middle({{"list", hub::Json::object()}});
    for (const auto& one : seen["list"]) EXPECT_FALSE(one.contains("bytes")) << one;
}

/// Somebody in the middle has put the word into the answer.
TEST_F(SealedLoop, ASocketOfVersion1SendsNoBytesWhateverTheAnswerSays) {
    settings.vsn = realtime::Vsn::v1;
    agent->always_binary = true;
    start();
    Hearer hearer;
    const auto client = far->open({}, hearer);
    ASSERT_TRUE(client->send(evaluate(1)));
    ASSERT_TRUE(until([&] { return hearer.messages.size() == 1; }));
    EXPECT_EQ(agent->raw_posts, 0);
}

TEST_F(SealedLoop, RawBroadcastsOfAnybodyComeToNoHarm) {
    start();
    Hearer hearer;
    const auto client = far->open({}, hearer);
    ASSERT_TRUE(client->send(evaluate(1)));
    ASSERT_TRUE(until([&] { return hearer.messages.size() == 1; }));
    const std::string topic = std::string{"realtime:device:"} + cloud::device_uuid;
    using namespace std::string_literals;
    for (const auto* const event : {"cdp-event", "cdp-result", "cdp-command", "unknown"}) {
        for (const std::string& payload :
             {""s, "\0"s, "\0\0"s, "{}"s, "{}\0x"s, R"({"client":"x","seq":1})"s + "\0x"s}) {
            hub::Broadcast message{hub::Broadcast::Form::user_raw, topic, event, payload};
            backend.tenant().broadcast(true, topic, message, nullptr);
        }
    }
    ASSERT_TRUE(client->send(evaluate(2)));
    EXPECT_TRUE(until([&] { return hearer.messages.size() == 2; }));
    EXPECT_FALSE(hearer.end);
}

TEST_F(SealedLoop, AHandshakeCostsNoMessageMoreThanAPlainOpen) {
    start();
    Hearer hearer;
    const auto client = far->open({}, hearer);
    ASSERT_TRUE(client->send(evaluate(1)));
    ASSERT_TRUE(until([&] { return hearer.messages.size() == 1; }));
    const auto commands = middle({{"list", {{"event", "cdp-command"}}}})["list"];
    EXPECT_EQ(commands.size(), 2u) << "the open, and the post that has the command";
    EXPECT_EQ(middle({{"list", {{"event", "cdp-event"}}}})["list"].size(), 1u);
}

TEST_F(SealedLoop, TheSecondClientResumes) {
    start();
    for (int count = 0; count < 3; ++count) {
        Hearer hearer;
        const auto client = far->open({}, hearer);
        ASSERT_TRUE(client->send(evaluate(1)));
        ASSERT_TRUE(until([&] { return hearer.messages.size() == 1; }));
    }
    EXPECT_EQ(agent->sealed_opens, 3);
    EXPECT_EQ(agent->resumed, 2);
}

TEST_F(SealedLoop, AnotherKeyThanTheKnownOneIsRefusedWithBothFingerprints) {
    const auto known = platform::KeyPair::make();
    start(known.public_key());
    Hearer hearer;
    const auto client = far->open({}, hearer);
    ASSERT_TRUE(client->send(evaluate(1)));
    ASSERT_TRUE(until([&] { return hearer.end.has_value(); }));
    EXPECT_EQ(*hearer.end, ClientEnd::untrusted);
    EXPECT_THAT(hearer.sentence, HasSubstr(platform::fingerprint(known.public_key())));
    EXPECT_THAT(hearer.sentence, HasSubstr(platform::fingerprint(of_agent.public_key())));
    EXPECT_THAT(hearer.sentence, HasSubstr("--forget-device"));
    EXPECT_TRUE(agent->got.empty());
    const Answer answer = call("Browser.getVersion");
    EXPECT_EQ(bridge::read_call_error(answer.error).reason, "untrusted");
}

TEST_F(SealedLoop, AnUnknownKeyIsShownAndNotTaken) {
    start(std::nullopt);
    const Answer answer = call("Browser.getVersion");
    EXPECT_FALSE(answer.ok);
    EXPECT_EQ(far->shown_key(), of_agent.public_key());
    EXPECT_TRUE(agent->got.empty());
}

TEST_F(SealedLoop, AnAgentThatAnswersInPlainIsToldNothing) {
    agent->seal_key.reset();  // or somebody in the middle has taken "tls" out of the open
    start();
    Hearer hearer;
    const auto client = far->open({}, hearer);
    ASSERT_TRUE(client->send(evaluate(1)));
    ASSERT_TRUE(until([&] { return hearer.end.has_value(); }));
    EXPECT_EQ(*hearer.end, ClientEnd::untrusted);
    EXPECT_EQ(bridge::read_call_error(call("Browser.getVersion").error).reason, "untrusted");
    EXPECT_TRUE(agent->got.empty());
    EXPECT_EQ(middle({{"find", secret_marker}})["found"], 0);
    for (const auto& payload : agent->seen) {
        EXPECT_THAT(payload, ::testing::AnyOf(HasSubstr("Agent.open"), HasSubstr("Agent.close")));
    }
}

TEST_F(SealedLoop, AKeyThatTheMachineDoesNotListIsToldSo) {
    agent->takes = [](const auto&) { return false; };
    start();
    const Answer answer = call("Browser.getVersion");
    EXPECT_EQ(bridge::read_call_error(answer.error).reason, "untrusted");
    EXPECT_THAT(bridge::read_call_error(answer.error).message, HasSubstr("agent --key"));
}

TEST_P(SealedForms, WhatWasChangedOnTheWayEndsTheClient) {
    start();
    Hearer hearer;
    const auto client = far->open({}, hearer);
    ASSERT_TRUE(client->send(evaluate(1)));
    ASSERT_TRUE(until([&] { return hearer.messages.size() == 1; }));
    middle({{"rules", hub::Json::array({rule("change", "cdp-event")})}});
    ASSERT_TRUE(client->send(evaluate(2)));
    ASSERT_TRUE(until([&] { return hearer.end.has_value(); }));
    EXPECT_EQ(*hearer.end, ClientEnd::broken);
    EXPECT_EQ(hearer.messages.size(), 1u);
}

TEST_P(SealedForms, WhatWasDroppedOrDoubledIsPutRight) {
    start();
    Hearer hearer;
    const auto client = far->open({}, hearer);
    ASSERT_TRUE(client->send(evaluate(1)));
    ASSERT_TRUE(until([&] { return hearer.messages.size() == 1; }));
    int id = 1;
    for (const char* const deed : {"drop", "double"}) {
        for (const char* const event : {"cdp-event", "cdp-command"}) {
            middle({{"rules", hub::Json::array({rule(deed, event)})}});
            ASSERT_TRUE(client->send(evaluate(++id)));
            ASSERT_TRUE(until([&] { return hearer.messages.size() == static_cast<std::size_t>(id); })) << deed << event;
        }
    }
    EXPECT_FALSE(hearer.end);
    for (int i = 1; i <= id; ++i) EXPECT_EQ(hearer.messages[static_cast<std::size_t>(i - 1)]["id"], i);
}

TEST_P(SealedForms, WhatWasRecordedMovesNothingWhenItIsSentAgain) {
    start();
    Hearer first;
    auto client = far->open({}, first);
    ASSERT_TRUE(client->send(evaluate(1)));
    ASSERT_TRUE(until([&] { return first.messages.size() == 1; }));
    const auto recorded = middle({{"list", {{"event", "cdp-command"}}}})["list"];
    ASSERT_EQ(recorded.size(), 2u);
    Hearer second;
    const auto other = far->open({}, second);
    ASSERT_TRUE(until([&] { return second.opened; }));
    // The whole of the first client, as it was: another client is opened, and its post finds none of its name.
    const std::size_t before = agent->got.size();
    for (const auto& one : recorded) replay(one);
    // The post of the first client, said to be the second's.
    json moved = json::parse(recorded[1]["payload"].get<std::string>());
    moved["params"]["client"] = other->name();
    replay(recorded[1], moved.dump());
    ASSERT_TRUE(until([&] { return second.end.has_value(); })) << "a record of another client is none of its own";
    EXPECT_EQ(agent->got.size(), before) << "nothing of it was taken";
    ASSERT_TRUE(client->send(evaluate(2)));
    EXPECT_TRUE(until([&] { return first.messages.size() == 2; })) << "the first one goes on";
}

}  // namespace
