// The controller's texts: what is written is what the agent's own reader takes, what is read is what it writes.
#include "agent/bridge/core/far_text.hpp"

#include <gtest/gtest.h>

#include "agent/relay/core/client_text.hpp"
#include "agent/relay/core/command.hpp"
#include "agent/relay/core/result.hpp"
#include "agent/relay/core/stream_packet.hpp"

namespace {

using namespace bridge;
using namespace std::chrono_literals;

TEST(FarText, ACommandIsReadByTheAgentAsItWasMeant) {
    const std::string text = write_command({.id = "c-1",
                                            .method = "Page.navigate",
                                            .params = R"({"url":"https://a.example/\"x\""})",
                                            .session = "S\"1",
                                            .timeout = 1500ms});
    relay::CommandReader reader;
    ASSERT_TRUE(reader.read(text));
    const relay::Command& command = reader.command();
    EXPECT_EQ(command.id, R"("c-1")");
    EXPECT_EQ(command.method, "Page.navigate");
    EXPECT_EQ(command.params, R"({"url":"https://a.example/\"x\""})");
    EXPECT_EQ(command.session, "S\"1");
    EXPECT_EQ(command.timeout, 1500ms);
}

TEST(FarText, ACommandWithoutTheRestHasNothingOfIt) {
    EXPECT_EQ(write_command({.id = "c-1", .method = "Agent.getInfo"}), R"({"id":"c-1","method":"Agent.getInfo"})");
}

TEST(FarText, APostStaysWithinItsEnvelope) {
    const std::string name(max_client_name, 'n');
    const std::string id(128, 'i');
    const std::string post = write_post(id, name, R"("seq":1,"ack":0,"messages":[{}])");
    EXPECT_LE(post.size(), post_envelope + std::string_view{R"("seq":1,"ack":0,"messages":[{}])"}.size());
    relay::CommandReader reader;
    ASSERT_TRUE(reader.read(post));
    EXPECT_EQ(reader.command().method, relay::post_to_client);
    EXPECT_EQ(relay::client_named(reader.command().params), name);
    EXPECT_EQ(relay::read_packet(reader.command().params, "messages").wrong, "");
}

TEST(FarText, AnOpenIsReadByTheAgentAsItWasMeant) {
    const auto request = relay::read_open(write_open("ABC", std::string(100, 'l'), true, 90s));
    EXPECT_EQ(request.wrong, "");
    EXPECT_EQ(request.target, "ABC");
    EXPECT_EQ(request.label.size(), relay::max_label_bytes);
    EXPECT_TRUE(request.exclusive);
    EXPECT_EQ(request.lease, 90s);
    EXPECT_EQ(relay::read_open(write_open("", "", false, 90s)).target, "");
}

TEST(FarText, ResultsOfTheAgentAreRead) {
    const std::string result = relay::write_result(R"("c-1")", R"({"a":[1.0]})");
    const auto well = read_result(result);
    EXPECT_TRUE(well.readable);
    EXPECT_TRUE(well.ok);
    EXPECT_EQ(well.id, "c-1");
    EXPECT_EQ(well.result, R"({"a":[1.0]})");
    const std::string refusal =
        relay::write_refusal(R"("c-1")", relay::Reason::too_large, "It is large.", R"("size":7,"stream":"agent:1")");
    const auto refused = read_result(refusal);
    ASSERT_TRUE(refused.readable);
    EXPECT_FALSE(refused.ok);
    const auto error = read_error(refused.error);
    EXPECT_EQ(error.code, -32014);
    EXPECT_EQ(error.message, "It is large.");
    EXPECT_EQ(error.source, "agent");
    EXPECT_EQ(error.reason, "too_large");
    EXPECT_EQ(error.stream, "agent:1");
    EXPECT_EQ(error.size, 7u);
}

TEST(FarText, WhatIsNoResultIsNotReadable) {
    for (const char* text : {"", "7", "{", R"({"id":"c-1"})", R"({"id":"c-1","ok":true})", R"({"id":"c-1","ok":false})",
                             R"({"id":"c-1","ok":1,"result":{}})", R"({"id":"c-1","ok":false,"error":"x"})",
                             R"({"id":"c-1","ok":true,"result":{}} x)"}) {
        EXPECT_FALSE(read_result(text).readable) << text;
    }
    EXPECT_EQ(read_result(R"({"id":7,"ok":true,"result":{}})").id, "") << "ids of this end are strings";
}

TEST(FarText, OpenedAndEventsAreRead) {
    const auto opened = read_opened(relay::write_opened("n1", "i1", {3000, 12000, 100, 90s, 20.0 / 3}));
    EXPECT_EQ(opened.client, "n1");
    EXPECT_EQ(opened.instance, "i1");
    EXPECT_EQ(opened.payload, 3000u);
    EXPECT_EQ(opened.message, 100u);
    EXPECT_EQ(opened.lease_ms, 90000u);
    EXPECT_EQ(opened.pace, 6.667);
    const auto event = read_event(relay::write_client_broadcast("n1", "i1", R"("seq":1,"ack":0,"items":[{}])"));
    EXPECT_EQ(event.client, "n1");
    EXPECT_EQ(event.instance, "i1");
    EXPECT_EQ(event.ended, "");
    EXPECT_EQ(read_event(relay::write_client_ended("n1", "i1", "lease")).ended, "lease");
    EXPECT_EQ(read_event(R"({"client":"n1","ended":{}})").ended, "unknown");
    EXPECT_EQ(read_event(R"({"client":"n1","ended":{}} x)").client, "");
    EXPECT_EQ(read_opened(R"({"client":")" + std::string(max_client_name + 1, 'x') + "\"}").client, "");
}

TEST(FarText, RawBroadcastsAreForWhoSaysTrue) {
    const relay::ClientLimits limits{3000, 12000, 100, 90s, 0};
    EXPECT_TRUE(read_opened(relay::write_opened("n1", "i1", limits, {"abc", true})).binary);
    EXPECT_FALSE(read_opened(relay::write_opened("n1", "i1", limits, {"abc"})).binary);
    EXPECT_FALSE(read_opened(R"({"client":"n1","binary":"true"})").binary);
}

TEST(FarText, APaceIsANumberOfItsRangeOrNone) {
    EXPECT_EQ(read_opened(R"({"client":"n1","limits":{"payloadBytes":1}})").pace, std::nullopt) << "an older agent";
    for (const std::string text : {"-1", "1e7", "0.0001", "0.499", "\"20\"", "null", "nan", "20 0"}) {
        EXPECT_EQ(read_opened(R"({"client":"n1","limits":{"broadcastsPerSecond":)" + text + "}}").pace, std::nullopt)
            << text;
    }
    EXPECT_EQ(read_opened(R"({"limits":{"broadcastsPerSecond":0.000}})").pace, 0) << "any number";
    const std::string members = R"("seq":1,"ack":0,"items":[{}])";
    EXPECT_EQ(read_event(relay::write_client_broadcast("n1", "i1", members)).pace, std::nullopt);
    EXPECT_EQ(read_event(relay::write_client_broadcast("n1", "i1", members, 2.5)).pace, 2.5);
}

TEST(FarText, PiecesOfALargeResultAreRead) {
    const auto piece = read_piece(R"({"base64Encoded":false,"data":"{\"a\"","eof":false})");
    EXPECT_TRUE(piece.readable);
    EXPECT_EQ(piece.data, R"("{\"a\"")");
    EXPECT_FALSE(piece.eof);
    EXPECT_FALSE(read_piece(R"({"data":7,"eof":true})").readable);
    EXPECT_FALSE(read_piece(R"({"data":"x"})").readable);
}

}  // namespace
