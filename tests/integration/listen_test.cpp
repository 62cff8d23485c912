// `agent --listen`, the real binary: lines on standard output, words on standard error, an end that can be told apart.

#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "tests/support/world.hpp"

namespace {

using nlohmann::json;
using support::Child;
using support::World;
using namespace std::chrono_literals;

const std::string device_topic = "device:" + std::string{support::device_uuid};

std::vector<json> lines_of(const Child& child) {
    std::vector<json> lines;
    std::istringstream in{child.output()};
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("{")) lines.push_back(json::parse(line));
    }
    return lines;
}

void store_message(World& world, const std::string& topic, const std::string& event, const json& payload) {
    world.admin("database", json{{"topic", topic}, {"event", event}, {"payload", payload}}.dump());
}

TEST(Listen, WritesWhatComesOnTheDeviceChannelWithTheStoredCredential) {
    World world;
    ASSERT_TRUE(world.pair());
    auto listening = world.agent({.arguments = {"--listen", device_topic, "--event", "open-sheet", "--count", "2"}});
    ASSERT_TRUE(listening->wait_for("agent: joined")) << listening->output();
    for (const char* event : {"open-sheet", "vpn-on", "open-sheet"}) {
        world.admin("broadcast", json{{"topic", device_topic}, {"event", event}, {"payload", {{"open", true}}}}.dump());
    }
    const auto status = listening->wait();
    ASSERT_TRUE(status);
    EXPECT_TRUE(status->success()) << listening->output();
    const auto lines = lines_of(*listening);
    ASSERT_EQ(lines.size(), 2U) << listening->output();
    EXPECT_EQ(lines[1]["event"], "open-sheet");
    EXPECT_EQ(lines[1]["topic"], device_topic);
    EXPECT_EQ(lines[1]["payload"]["open"], true);
}

TEST(Listen, TakesATokenFromStandardInputReplaysAndKeepsStatusOutOfTheLines) {
    World world;
    store_message(world, device_topic, "unpair", json::object());
    const std::string command = std::string{BMC_BUILD_DIR} +
                                "/agent --user --api-url http://127.0.0.1:" + std::to_string(world.port()) +
                                " --listen " + device_topic + " --token-stdin --replay-since 1h --count 1 2>/dev/null";
    Child listening{world.io(),
                    {.arguments = {"/bin/sh", "-c", command},
                     .environment = {"XDG_STATE_HOME=" + world.folder() / "elsewhere", "XDG_CONFIG_HOME=/nonexistent",
                                     "XDG_RUNTIME_DIR=" + world.folder() / "run"},
                     .input = world.mint_device()}};
    const auto status = listening.wait();
    ASSERT_TRUE(status) << listening.output();
    EXPECT_TRUE(status->success()) << listening.output();
    const auto line = json::parse(listening.output());  // nothing else on standard output
    EXPECT_EQ(line["event"], "unpair");
    EXPECT_EQ(line["replayed"], true);
    EXPECT_TRUE(line["id"].is_string());
    EXPECT_FALSE(std::filesystem::exists(world.folder() / "elsewhere/bmc-agent/credential.json"));
}

TEST(Listen, HearsAPublicRoomAndNotThePrivateOneOfTheSameName) {
    World world;
    ASSERT_TRUE(world.pair());
    auto listening = world.agent({.arguments = {"--listen", "lobby", "--public", "--count", "1"}});
    ASSERT_TRUE(listening->wait_for("agent: joined")) << listening->output();
    for (const bool is_private : {true, false}) {
        const json message{
            {"topic", "lobby"}, {"event", "said"}, {"payload", {{"private", is_private}}}, {"private", is_private}};
        world.admin("broadcast", message.dump());
    }
    ASSERT_TRUE(listening->wait());
    const auto lines = lines_of(*listening);
    ASSERT_EQ(lines.size(), 1U) << listening->output();
    EXPECT_EQ(lines[0]["payload"]["private"], false);
}

TEST(Listen, SubscribesToChangesOfATable) {
    World world;
    ASSERT_TRUE(world.pair());
    auto listening = world.agent({.arguments = {"--listen", "rows", "--public", "--postgres-changes",
                                                "public.devices:name=eq.lab", "--event", "UPDATE", "--count", "1"}});
    ASSERT_TRUE(listening->wait_for("Subscribed to PostgreSQL")) << listening->output();
    for (const char* name : {"other", "lab"}) {
        const json row{{"uuid", std::string{support::device_uuid}}, {"name", name}};
        world.admin("change",
                    json{{"type", "UPDATE"}, {"table", "devices"}, {"record", row}, {"old_record", row}}.dump());
    }
    ASSERT_TRUE(listening->wait()) << listening->output();
    const auto lines = lines_of(*listening);
    ASSERT_EQ(lines.size(), 1U) << listening->output();
    EXPECT_EQ(lines[0]["event"], "postgres_changes");
    EXPECT_EQ(lines[0]["payload"]["data"]["record"]["name"], "lab");
}

TEST(Listen, EndsInOrderOnCtrlCAndWhenItsReaderGoes) {
    World world;
    ASSERT_TRUE(world.pair());
    auto listening = world.agent({.arguments = {"--listen", device_topic}});
    ASSERT_TRUE(listening->wait_for("agent: joined")) << listening->output();
    listening->signal(SIGINT);
    const auto status = listening->wait(5s);
    ASSERT_TRUE(status) << listening->output();
    EXPECT_TRUE(status->success()) << listening->output();

    const std::string command = std::string{BMC_BUILD_DIR} + "/agent --user --config " + world.folder() / "agent.toml" +
                                " --listen " + device_topic + " | head -n 1";
    Child piped{world.io(),
                {.arguments = {"/bin/sh", "-c", command},
                 .environment = {"XDG_STATE_HOME=" + world.folder() / "state", "XDG_CONFIG_HOME=/nonexistent",
                                 "XDG_RUNTIME_DIR=" + world.folder() / "run"}}};
    ASSERT_TRUE(piped.wait_for("agent: joined")) << piped.output();
    const auto say = [&] { world.admin("broadcast", json{{"topic", device_topic}, {"event", "x"}}.dump()); };
    say();
    ASSERT_TRUE(piped.wait_for("{"));
    ASSERT_TRUE(world.until([&] {
        say();
        return piped.said("nobody reads standard output");
    })) << piped.output();
    EXPECT_TRUE(piped.wait(5s));
}

TEST(Listen, SaysWhyItCannot) {
    World world;
    const auto code_of = [&](std::vector<std::string> arguments, const std::string& input, const std::string& word) {
        auto listening = world.agent({.arguments = std::move(arguments), .input = input});
        const auto status = listening->wait();
        EXPECT_TRUE(status) << listening->output();
        EXPECT_TRUE(listening->said(word)) << word << " is missing in: " << listening->output();
        return status ? status->code : -1;
    };
    EXPECT_EQ(code_of({"--listen", "settings:global"}, "", "not paired"), 5);
    EXPECT_EQ(code_of({"--listen", "realtime:lobby"}, "", "leave \"realtime:\" out"), 64);
    EXPECT_EQ(code_of({"--listen", ""}, "", "needs the name of a channel"), 64);
    EXPECT_EQ(code_of({"--listen", "x", "--public", "--replay-since", "1h"}, "", "private channels"), 64);
    EXPECT_EQ(code_of({"--listen", "x", "--replay-since", "soon"}, "", "10min"), 64);
    EXPECT_EQ(code_of({"--listen", "x", "--postgres-changes", "devices"}, "", "schema.table"), 64);
    EXPECT_EQ(code_of({"--count", "1"}, "", "belong to --listen"), 64);
    EXPECT_EQ(code_of({"--listen", "x", "--token-stdin"}, "no token at all, with spaces", "token"), 64);
    EXPECT_EQ(code_of({"--listen", "device:0000aaaa-1111-4222-8333-444455556666", "--token-stdin"}, world.mint_device(),
                      "not yours"),
              77);
    EXPECT_EQ(code_of({"--listen", device_topic, "--token-stdin"}, world.mint_device(-60), "expired"), 77);
}

}  // namespace
