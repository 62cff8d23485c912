// What time, and strangers, do to a pairing: seen from outside.

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/world.hpp"

namespace {

using nlohmann::json;
using support::World;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

const std::vector<std::string> no_browser{"--browser-path", "/bin/false"};

std::vector<std::string> with(std::vector<std::string> more) {
    more.insert(more.end(), no_browser.begin(), no_browser.end());
    return more;
}

std::string notices_of(World& world) {
    auto asking = world.agent({.arguments = {"--status", "--json"}});
    EXPECT_TRUE(asking->wait());
    const auto at = asking->output().find('{');
    return at == std::string::npos ? "" : json::parse(asking->output().substr(at))["notices"].dump();
}

TEST(Absence, TooLongWithoutAJoinWipesWhileItRuns) {
    World world;
    auto agent = world.joined_agent({.arguments = with({"--credentials-max-offline", "3s"})});
    ASSERT_NE(agent, nullptr);
    world.admin("limits", R"({"no_sockets":true})");
    world.admin("sockets", R"({"action":"drop"})");
    ASSERT_TRUE(agent->wait_for("the credential is wiped", 15s)) << agent->output();
    ASSERT_TRUE(agent->wait_for("at the activation gate")) << agent->output();
    EXPECT_FALSE(fs::exists(world.state() + "/credential.json"));
    EXPECT_TRUE(agent->running());
}

TEST(Absence, AMachineThatLayInACupboardIsWipedBeforeItSaysAWord) {
    World world;
    ASSERT_TRUE(world.pair());
    // Its clock went on meanwhile: what it kept is from long ago.
    const auto old = json::parse(std::ifstream{world.state() + "/credential.json"});
    auto aged = old;
    aged["paired_at"] = 1'700'000'000;
    std::ofstream{world.state() + "/credential.json"} << aged.dump();
    std::ofstream{world.state() + "/state.json"} << R"({"joined_at":1700000100})";
    std::ofstream{world.state() + "/last-heard"} << "1700000200000";
    const auto connected = [&] { return json::parse(world.get("/admin/counters"))["sockets_opened"].get<int>(); };
    const int before = connected();
    auto patient = world.agent({.arguments = with({"--credentials-max-offline", "3650d"})});
    ASSERT_TRUE(patient->wait_for("-> joined")) << patient->output();
    patient->signal(SIGTERM);
    ASSERT_TRUE(patient->wait());
    std::ofstream{world.state() + "/state.json"} << R"({"joined_at":1700000100})";
    std::ofstream{world.state() + "/last-heard"} << "1700000200000";
    auto strict = world.agent({.arguments = with({"--credentials-max-offline", "30d"})});
    ASSERT_TRUE(strict->wait_for("at the activation gate")) << strict->output();
    EXPECT_FALSE(fs::exists(world.state() + "/credential.json"));
    EXPECT_EQ(connected(), before + 1) << "only the patient one connected";
}

TEST(Absence, ATokenThatNobodyRefreshesIsSpokenOfTwoWeeksAhead) {
    World world;
    const auto notice_for = [&](int days) {
        auto pairing = world.agent(
            {.arguments = {"--pair", "--token-stdin", "--force"}, .input = world.mint_device(days * 24 * 3600)});
        EXPECT_TRUE(pairing->wait(20s));
        auto agent = world.agent({.arguments = no_browser});
        EXPECT_TRUE(agent->wait_for("-> joined")) << agent->output();
        const auto notices = notices_of(world);
        EXPECT_EQ(agent->said("runs out in"), notices.find("runs out in") != std::string::npos);
        agent->signal(SIGTERM);
        EXPECT_TRUE(agent->wait());
        return notices;
    };
    EXPECT_EQ(notice_for(15), "[]");
    EXPECT_NE(notice_for(13).find("agent --pair --rotate"), std::string::npos);
}

TEST(Strangers, AResultThatTheAgentDidNotSendIsCountedShownAndAnsweredByNobody) {
    World world;
    auto agent = world.joined_agent({.arguments = no_browser});
    ASSERT_NE(agent, nullptr);
    EXPECT_EQ(notices_of(world).find("results came"), std::string::npos);
    auto controller = world.controller();
    controller->broadcast("cdp-result", R"({"id":1,"ok":true,"result":{}})");
    controller->broadcast("cdp-result", R"({"id":2,"ok":true,"result":{}})");
    ASSERT_TRUE(controller->call("3", "Agent.getInfo"));
    EXPECT_TRUE(agent->wait_for("a result came on the channel that this agent did not send")) << agent->output();
    EXPECT_NE(notices_of(world).find("2 results came"), std::string::npos) << notices_of(world);
    auto doctor = world.agent({.arguments = {"--doctor"}});
    ASSERT_TRUE(doctor->wait(60s));
    EXPECT_TRUE(doctor->said("twin: 2 results came")) << doctor->output();
    auto metrics = world.agent({.arguments = {"--metrics"}});
    ASSERT_TRUE(metrics->wait());
    EXPECT_TRUE(metrics->said("bmc_agent_foreign_results_total 2\n")) << metrics->output();
}

}  // namespace
