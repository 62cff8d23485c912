// What the bridge's page is told of each device.
#include "agent/bridge/core/device_card.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace bridge {
namespace {

using nlohmann::json;

AskedAgent refused(std::string source, std::string reason, std::string message) {
    return {.source = std::move(source), .reason = std::move(reason), .message = std::move(message)};
}

TEST(DeviceCard, AgentsAreReadAsTheyWrite) {
    const auto info = read_info(
        R"({"agent":{"version":"1.2"},"browser":{"product":"Chrome\/156"},"drivers":["bridge on a","b"],"limits":{}})");
    EXPECT_EQ(info.version, "1.2");
    EXPECT_EQ(info.browser, "Chrome/156");
    EXPECT_EQ(info.drivers, (std::vector<std::string>{"bridge on a", "b"}));
    const auto none = read_info(R"({"agent":{"version":"1.2"},"browser":null,"noBrowser":"It starts."})");
    EXPECT_EQ(none.browser, "");
    EXPECT_EQ(none.why_none, "It starts.");
}

TEST(DeviceCard, WhatIsNoInfoSaysNothing) {
    for (const auto* text : {"", "[]", "7", R"({"agent":7,"browser":[],"drivers":{}})", R"({"drivers":[1,null]})"}) {
        const auto info = read_info(text);
        EXPECT_EQ(info.version + info.browser, "") << text;
        EXPECT_TRUE(info.drivers.empty()) << text;
    }
    std::string many = R"({"drivers":[)";
    for (int i = 0; i < 1000; ++i) many += "\"x\",";
    EXPECT_EQ(read_info(many + "\"x\"]}").drivers.size(), 32u);
    EXPECT_EQ(read_info(R"({"agent":{"version":")" + std::string(5000, 'x') + "\"}}").version.size(), 300u);
}

TEST(DeviceCard, PresenceDecidesUntilTheAgentWasAsked) {
    EXPECT_EQ(judge_device({}).state, DeviceState::unknown);
    EXPECT_EQ(judge_device({.present = true}).state, DeviceState::online);
    EXPECT_EQ(judge_device({.present = false}).state, DeviceState::offline);
}

TEST(DeviceCard, AnAnswerDecidesMoreThanPresence) {
    const AskedAgent with_browser{.ok = true, .info = {.browser = "Chrome/156"}};
    EXPECT_EQ(judge_device({.present = false, .answered = &with_browser}).state, DeviceState::ready);
    const AskedAgent without{.ok = true, .info = {.why_none = "It starts."}};
    const auto judged = judge_device({.present = true, .answered = &without});
    EXPECT_EQ(judged.state, DeviceState::no_browser);
    EXPECT_EQ(judged.sentence, "It starts.");
    const auto asking = read_info(R"({"browser":null,"noBrowser":"Press Allow.","waitsForPerson":true})");
    const AskedAgent person{.ok = true, .info = asking};
    EXPECT_EQ(judge_device({.present = true, .answered = &person}).state, DeviceState::consent);
    EXPECT_EQ(judge_device({.present = true, .answered = &person}).sentence, "Press Allow.");
}

TEST(DeviceCard, RefusalsAreToldApart) {
    const auto paused = refused("agent", "busy", "The agent is paused for 4 min.");
    EXPECT_EQ(judge_device({.answered = &paused}).state, DeviceState::paused);
    EXPECT_EQ(judge_device({.answered = &paused}).sentence, "The agent is paused for 4 min.");
    const auto taken = refused("agent", "busy", "A client has the browser for itself.");
    EXPECT_EQ(judge_device({.answered = &taken}).state, DeviceState::taken);
    const auto denied = refused("agent", "denied", "The policy forbids it.");
    EXPECT_EQ(judge_device({.answered = &denied}).state, DeviceState::unreachable);
}

TEST(DeviceCard, SilenceOfOneWhoIsThereIsATrouble) {
    const auto silent = refused("bridge", "unanswered", "It does not answer.");
    EXPECT_EQ(judge_device({.answered = &silent}).state, DeviceState::offline);
    EXPECT_EQ(judge_device({.present = false, .answered = &silent}).state, DeviceState::offline);
    const auto there = judge_device({.present = true, .answered = &silent});
    EXPECT_EQ(there.state, DeviceState::unreachable);
    EXPECT_EQ(there.sentence, "It does not answer.");
}

TEST(DeviceCard, AChannelThatCannotBeJoinedIsSaidFirst) {
    const AskedAgent answered{.ok = true, .info = {.browser = "Chrome/156"}};
    const auto judged = judge_device({.present = true, .barred = "The token is refused.", .answered = &answered});
    EXPECT_EQ(judged.state, DeviceState::unreachable);
    EXPECT_EQ(judged.sentence, "The token is refused.");
}

TEST(DeviceCard, ADocumentHoldsAllOfIt) {
    DeviceCard card{.uuid = "u-1", .name = "la\"b", .judged = {DeviceState::ready, ""}};
    card.info = {.version = "1.2", .browser = "Chrome/156", .why_none = "", .drivers = {"x", "y"}};
    card.secret = "S";
    card.last_seen = 1700000000;
    card.looking_since = 1600000000;
    card.connected = true;
    card.payload_bytes = 3000000;
    card.pace = 6.5;
    const auto told = json::parse(write_devices({card, {.uuid = "u-2"}}, "0.1", "a problem"));
    EXPECT_EQ(told["version"], "0.1");
    EXPECT_EQ(told["problem"], "a problem");
    EXPECT_EQ(told["devices"][0], json::parse(R"({"uuid":"u-1","name":"la\"b","state":"ready","sentence":null,
        "version":"1.2","browser":"Chrome/156","drivers":["x","y"],"lastSeen":1700000000,"lookingSince":1600000000,
        "socket":"/devtools/browser/S","pages":"/S/devtools/page/","refusal":null,"connected":true,
        "payloadBytes":3000000,"pace":6.5})"));
    EXPECT_EQ(told["devices"][1]["name"], nullptr);
    EXPECT_EQ(told["devices"][1]["pace"], nullptr);
    EXPECT_EQ(told["devices"][1]["lastSeen"], nullptr);
    EXPECT_EQ(told["devices"][1]["lookingSince"], nullptr);
    EXPECT_EQ(json::parse(write_devices({}, "1", ""))["devices"], json::array());
}

}  // namespace
}  // namespace bridge
