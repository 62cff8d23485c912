// What the agent answers itself, as JSON text.
#include "agent/relay/agent_domain.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;
using relay::parse_io_params;

TEST(AgentInfo, SaysWhoTheAgentIsAndWhatItTakes) {
    relay::Settings settings;
    settings.max_in_flight = 5;
    const auto info = json::parse(
        relay::write_info({"1.2.3", "inst", "uuid-1", "a \"name\""}, {}, settings, {1000, {"bridge on \"a\"", "b"}}));
    EXPECT_EQ(info["agent"],
              json::parse(R"({"version":"1.2.3","instance":"inst","uuid":"uuid-1","name":"a \"name\""})"));
    EXPECT_EQ(info["browser"], nullptr) << "none is attached";
    EXPECT_EQ(info["noBrowser"], "");
    EXPECT_EQ(info["drivers"], (json{"bridge on \"a\"", "b"}));
    EXPECT_EQ(info["limits"]["payloadBytes"], 1000);
    EXPECT_EQ(info["limits"]["inFlight"], 5);
    EXPECT_EQ(info["limits"]["timeoutMs"], 30'000);
    EXPECT_EQ(info["limits"]["maxTimeoutMs"], 300'000);
    EXPECT_EQ(info["features"].back(), "defaultPage");
}

TEST(AgentInfo, SaysThatThePersonAtTheBrowserIsAsked) {
    cdp::BrowserStatus browser;
    browser.reason = "Waiting for somebody to press Allow.";
    EXPECT_FALSE(json::parse(relay::write_info({}, browser, {}, {1})).contains("waitsForPerson"));
    browser.waits_for_person = true;
    const auto info = json::parse(relay::write_info({}, browser, {}, {1}));
    EXPECT_EQ(info["noBrowser"], "Waiting for somebody to press Allow.");
    EXPECT_EQ(info["waitsForPerson"], true);
}

TEST(AgentInfo, LeavesTheDefaultPageOutWhereThereIsNone) {
    relay::Settings settings;
    settings.default_page = false;
    cdp::BrowserStatus browser;
    browser.state = cdp::BrowserState::attached;
    browser.version.product = "Chrome/1";
    const auto info = json::parse(relay::write_info({}, browser, settings, {1}));
    EXPECT_EQ(info["browser"]["product"], "Chrome/1");
    for (const auto& feature : info["features"]) EXPECT_NE(feature, "defaultPage");
}

TEST(IoParams, AreReadAsChromeReadsThem) {
    const auto io = parse_io_params(R"({"handle":"a\u0062","offset":3,"size":4.0,"other":[]})");
    EXPECT_EQ(io.wrong, "");
    EXPECT_EQ(io.handle, "ab");
    EXPECT_EQ(io.offset, 3u);
    EXPECT_EQ(io.size, 4u);
    EXPECT_FALSE(parse_io_params(R"({"handle":"a"})").offset);
    EXPECT_FALSE(parse_io_params(R"({"handle":"a","offset":-1})").offset) << "a negative offset counts as none";
}

TEST(IoParams, AreRefusedInChromesWords) {
    EXPECT_EQ(parse_io_params("").wrong, "Invalid parameters");
    EXPECT_EQ(parse_io_params(R"({"handle":7})").wrong, "Invalid parameters");
    EXPECT_EQ(parse_io_params(R"({"handle":"a","offset":"1"})").wrong, "Invalid parameters");
    EXPECT_EQ(parse_io_params(R"({"handle":"a","size":1.5})").wrong, "Invalid parameters");
    EXPECT_EQ(parse_io_params(R"({"handle":"a","size":0})").wrong, "Invalid max read size");
    EXPECT_EQ(parse_io_params(R"({"handle":"a","size":-1})").wrong, "Invalid max read size");
}

TEST(StreamPiece, IsQuotedWithinItsOverhead) {
    EXPECT_EQ(json::parse(relay::write_piece({.known = true, .eof = true, .data = "a\"b\n"})),
              json::parse(R"({"base64Encoded":false,"data":"a\"b\n","eof":true})"));
    const std::string text = relay::write_piece({.known = true, .data = "abc"});
    EXPECT_LE(text.size(), 3 + relay::piece_overhead);
    EXPECT_EQ(json::parse(text)["eof"], false);
}

}  // namespace
