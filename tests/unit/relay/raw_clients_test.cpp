// Sealed clients whose records go as bytes, and what else comes raw from whoever may broadcast.
#include "sealed_clients_fixture.hpp"

namespace {

using namespace clients_test;
using namespace std::string_literals;

class RawClientsTest : public SealedClientsTest {
  protected:
    /// Opened with the word that it takes raw broadcasts, and served.
    void serve_raw(SealedFar& client, const std::string& session) {
        client.binary = true;
        serve(client, session);
    }
    std::vector<realtime::Message> events() const {
        std::vector<realtime::Message> all;
        for (const auto& message : published) {
            if (message.event == "cdp-event") all.push_back(message);
        }
        return all;
    }
    /// Its own next post.
    SealedFar::Post next_of(SealedFar& client, const json& message) {
        client.add(message);
        auto post = client.next();
        EXPECT_TRUE(post && !post->raw.empty());
        return post.value_or(SealedFar::Post{});
    }
    void raw_command(const std::string& payload) { router->on_command(payload, {.raw = true}); }
};

TEST_F(RawClientsTest, RecordsGoAsBytesWhereBothEndsSayThatTheyTakeThem) {
    start_sealed();
    auto client = far();
    client.binary = true;
    open_far(client);
    EXPECT_EQ(answered()["result"]["binary"], true);
    const auto post = next_of(client, ask(1, "Runtime.evaluate", {{"expression", "MARKER-UP"}}));
    EXPECT_EQ(json::parse(post.params), (json{{"client", client.id}, {"seq", 1}, {"ack", 0}}));
    EXPECT_EQ(post.raw.find("MARKER"), std::string::npos);
    hand_in(post);
    give_session("A");
    ASSERT_NE(browser.find("Runtime.evaluate"), nullptr);
    answer(*browser.find("Runtime.evaluate"), cdp::Fate::result, R"({"result":{"value":"MARKER-DOWN"}})");
    hear(client);
    ASSERT_EQ(client.items.size(), 1u);
    EXPECT_EQ(client.items[0]["result"]["result"]["value"], "MARKER-DOWN");
    const auto all = events();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_TRUE(all[0].raw && all[0].streamed) << "what is streamed never goes over HTTP";
    const auto parts = realtime::split_raw(all[0].payload);
    EXPECT_EQ(json::parse(parts.text), (json{{"client", client.id}, {"instance", "inst"}, {"seq", 1}, {"ack", 1}}));
    EXPECT_EQ(parts.bytes.find("MARKER"), std::string::npos);
}

TEST_F(RawClientsTest, RecordsGoInBase64WhereTheAgentsLinkTakesNoBytes) {
    sink.bytes = false;
    start_sealed();
    auto client = far();
    serve_raw(client, "A");
    EXPECT_FALSE(answered()["result"].contains("binary"));
    client.add(ask(1, version));
    const auto post = client.next_post();
    ASSERT_TRUE(post);
    EXPECT_TRUE(json::parse(*post).contains("data"));
    command("Agent.post", *post);
    answer_last("{}");
    hear(client);
    EXPECT_EQ(client.items.size(), 1u);
    ASSERT_EQ(events().size(), 1u);
    EXPECT_FALSE(events()[0].raw);
}

/// What the other end said decides what is sent to it. What it sends is taken as it comes.
TEST_F(RawClientsTest, BothFormsAreTakenFromEither) {
    start_sealed();
    auto client = far();
    serve(client, "A");
    client.stream->send_raw();
    hand_in(next_of(client, ask(1, version)));
    answer_last(R"({"product":"x"})");
    hear(client);
    ASSERT_EQ(client.items.size(), 1u);
    ASSERT_EQ(events().size(), 1u);
    EXPECT_FALSE(events()[0].raw) << "it has not said that it takes raw ones";
}

TEST_F(RawClientsTest, ALargeMessageTakesFewerBroadcastsThanInBase64) {
    limit = 5000;
    start_sealed();
    std::size_t count[2] = {0, 0};
    for (const bool raw : {false, true}) {
        published.clear();
        heard = 0;
        auto client = far();
        client.binary = raw;
        serve(client, raw ? "B" : "A");
        client.add(ask(1, "Runtime.evaluate", {{"expression", std::string(20'000, 'x')}}));
        for (int i = 0; i < 20; ++i) {
            post_all(client);
            hear(client);
        }
        ASSERT_NE(browser.find("Runtime.evaluate", raw ? "B" : "A"), nullptr);
        answer_last(R"({"result":{"value":")" + std::string(200'000, 'y') + R"("}})");
        for (int i = 0; i < 60; ++i) {
            hear(client);
            post_all(client);
        }
        ASSERT_EQ(client.items.size(), 1u);
        for (const auto& message : events()) EXPECT_LE(message.payload.size(), limit);
        count[raw ? 1 : 0] = events().size();
    }
    EXPECT_LT(count[1] + 10, count[0]) << "of 4,612 and 3,450 bytes of records each";
}

TEST_F(RawClientsTest, WhatWasChangedCutSwappedOrOfAnotherClientEndsTheClient) {
    start_sealed();
    const auto meddle = [this](const std::string& session, auto&& change) {
        auto client = far();
        serve_raw(client, session);
        auto one = next_of(client, ask(1, version));
        auto two = next_of(client, ask(2, version));
        change(one.raw, two.raw);
        hand_in(one);
        hand_in(two);
        EXPECT_EQ(ended(client.id), "bad_record") << session;
    };
    const std::size_t before = browser.asked.size();
    meddle("A", [](std::string& one, std::string&) { one.back() = static_cast<char>(one.back() ^ 1); });
    meddle("B", [](std::string& one, std::string& two) { std::swap(one, two); });
    meddle("C", [](std::string& one, std::string& two) { one += two; });
    meddle("D", [](std::string& one, std::string& two) {
        one.pop_back();
        two.insert(0, 1, '\0');
    });
    auto other = far();
    serve_raw(other, "E");
    meddle("F", [&](std::string& one, std::string&) { one = next_of(other, ask(1, version)).raw; });
    for (std::size_t i = before; i < browser.asked.size(); ++i) {
        EXPECT_TRUE(browser.asked[i].method != version || browser.asked[i].session == "C") << browser.asked[i].session;
    }
    EXPECT_EQ(router->status().clients_ended.at("bad_record"), 5u);
}

TEST_F(RawClientsTest, PostsThatComeInAnotherOrderAreAskedForAgain) {
    start_sealed();
    auto client = far();
    serve_raw(client, "A");
    const auto one = next_of(client, ask(1, version));
    const auto two = next_of(client, ask(2, "Target.getTargets"));
    hand_in(two);
    EXPECT_EQ(browser.find("Target.getTargets"), nullptr);
    hand_in(one);
    hear(client);  // the nack
    post_all(client);
    EXPECT_NE(browser.find(version), nullptr);
    EXPECT_NE(browser.find("Target.getTargets"), nullptr);
    EXPECT_EQ(ended(client.id), "");
}

/// What can be told apart from the client's own posts ends nothing.
TEST_F(RawClientsTest, RawPostsThatAreNoneOfItsStreamAreIgnoredAndCounted) {
    start_sealed();
    auto client = far();
    serve_raw(client, "A");
    const std::string begin = R"({"client":")" + client.id + R"(",)";
    for (const char* rest : {R"("seq":2,"data":"AAAA"})", R"("seq":2,"part":1,"parts":2})", R"("ack":0})",
                             R"("nack":0})", R"("seq":0})"}) {
        hand_in({begin + rest, "bytes"});
    }
    EXPECT_EQ(router->status().sealed_ignored, 5u);
    hand_in(next_of(client, ask(1, version)));
    EXPECT_NE(browser.find(version), nullptr) << "it goes on";
}

TEST_F(RawClientsTest, NothingElseMayHaveBytes) {
    start_sealed();
    const std::size_t before = published.size();
    const auto refused = [&](const std::string& payload) {
        raw_command(payload);
        return answered()["error"]["data"].value("reason", "") == "bad_request";
    };
    const std::string call = R"({"id":"x","method":"Browser.getVersion"})";
    EXPECT_TRUE(refused(call + "\0bytes"s));
    EXPECT_TRUE(refused(R"({"id":"x","method":"Agent.open","params":{}})" + "\0\xff\xfe"s));
    EXPECT_TRUE(refused("\0\0"s));
    EXPECT_TRUE(refused("\0bytes"s));
    EXPECT_TRUE(refused("\xff\xfe"s));
    EXPECT_TRUE(refused(call + "\0"s));
    EXPECT_TRUE(refused("{\"id\":\"x\",\"method\":\"Agent.post\",\"params\":{}}\0"s)) << "there are no bytes";
    EXPECT_EQ(published.size(), before + 7);
    EXPECT_EQ(asked_of_browser(), 0u);
    raw_command(call);
    EXPECT_NE(browser.find(version), nullptr) << "text alone is what it was";
    raw_command(R"({"id":"x","method":"Agent.post","params":{"client":"nobody","seq":1}})" + "\0bytes"s);
    EXPECT_EQ(ended("nobody"), "no_client");
}

TEST_F(RawClientsTest, APlainClientTakesNoBytes) {
    start_sealed();
    const std::string plain = open("A");
    hand_in({R"({"client":")" + plain + R"(","seq":1,"ack":0})", "bytes"});
    EXPECT_EQ(ended(plain), "bad_request");
}

/// The word is outside of what the handshake is bound to, since an agent of an earlier release does not know it.
TEST_F(RawClientsTest, WhoTakesTheWordOutOfTheOpenGetsBase64) {
    start_sealed();
    auto client = far();
    client.binary = true;
    json params = json::parse(client.open_params());
    params.erase("binary");
    command("Agent.open", params.dump());
    ASSERT_TRUE(answered().contains("result")) << answered();
    EXPECT_FALSE(answered()["result"].contains("binary"));
    client.on_opened(answered()["result"], limit);
    client.add(ask(1, version));
    const auto post = client.next_post();
    ASSERT_TRUE(post);
    command("Agent.post", *post);
    give_session("A");
    EXPECT_NE(browser.find(version), nullptr);
}

TEST_F(RawClientsTest, AnOpenThatComesTwiceIsAnsweredTheSame) {
    start_sealed();
    auto client = far();
    client.binary = true;
    const std::string again = R"({"id":"again","method":"Agent.open","params":)" + client.open_params() + "}";
    router->on_command(again, {});
    const json first = answered();
    EXPECT_EQ(first["result"]["binary"], true);
    router->on_command(again, {});
    EXPECT_EQ(answered(), first);
}

}  // namespace
