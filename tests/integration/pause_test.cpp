// A person takes the machine: what runs is finished, new commands get `busy`, and nobody sees the agent until it is
// resumed, over restarts too.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/world.hpp"

namespace {

using nlohmann::json;
using support::World;
using namespace std::chrono_literals;

// Whether the agent is there by the last word of the channel's presence.
bool present(const support::Controller& watcher) {
    bool there = false;
    for (const auto& heard : watcher.heard()) {
        const auto said = json::parse(heard.payload, nullptr, false);
        if (heard.event == "presence_state") there = !said.empty();
        if (heard.event != "presence_diff") continue;
        if (!said["leaves"].empty()) there = false;
        if (!said["joins"].empty()) there = true;
    }
    return there;
}

class Pause : public testing::Test {
  protected:
    std::unique_ptr<support::Controller> watch(std::string channel) {
        support::ControllerOptions options;
        options.port = world.port();
        options.token = world.mint_device();
        options.device_uuid = support::device_uuid;
        options.channel = std::move(channel);
        options.presence = true;
        auto watcher = std::make_unique<support::Controller>(world.io(), std::move(options));
        EXPECT_TRUE(watcher->join());
        return watcher;
    }
    std::string tell(std::vector<std::string> arguments) {
        auto command = world.agent({.arguments = std::move(arguments)});
        const auto status = command->wait();
        EXPECT_TRUE(status && status->success()) << command->output();
        return command->output();
    }

    World world;
};

TEST_F(Pause, FinishesWhatRunsAnswersBusyAndIsSeenByNobodyUntilItIsResumed) {
    auto agent = world.joined_agent();
    ASSERT_NE(agent, nullptr);
    auto controller = world.controller();
    const auto device = watch({});
    const auto everybody = watch("devices:all");
    // Before the first command: optional channels are joined in quiet moments.
    ASSERT_TRUE(world.until([&] { return present(*device) && present(*everybody); }));
    ASSERT_TRUE(controller->call("1", "Runtime.evaluate", R"({"expression":"1"})"));

    controller->command(
        R"js({"id":2,"method":"Runtime.evaluate","params":{"expression":"new Promise(()=>{})","awaitPromise":true}})js");
    ASSERT_TRUE(controller->call("3", "Target.getTargets"));
    EXPECT_NE(tell({"--pause", "10m"}).find("Paused for 10 min"), std::string::npos);
    ASSERT_TRUE(world.until([&] { return !present(*device) && !present(*everybody); }));
    const auto busy = controller->call("4", "Browser.getVersion");
    ASSERT_TRUE(busy);
    const auto error = json::parse(*busy)["error"];
    EXPECT_EQ(error["code"], -32017);
    EXPECT_EQ(error["data"]["reason"], "busy");
    EXPECT_GT(error["data"]["retryAfterMs"], 500'000);
    EXPECT_EQ(controller->copies("2"), 0U) << "what runs goes on";

    agent->signal(SIGTERM);
    ASSERT_TRUE(agent->wait());
    EXPECT_TRUE(controller->result("2"));
    agent = world.agent();
    ASSERT_TRUE(agent->wait_for("-> joined"));
    const auto still = controller->call("5", "Browser.getVersion");
    ASSERT_TRUE(still);
    EXPECT_EQ(json::parse(*still)["error"]["data"]["reason"], "busy") << "a pause outlives the agent";
    EXPECT_FALSE(present(*device));

    tell({"--resume"});
    ASSERT_TRUE(world.until([&] { return present(*device); }));
    const auto again = controller->call("6", "Browser.getVersion");
    ASSERT_TRUE(again);
    EXPECT_EQ(json::parse(*again)["ok"], true);
}

TEST_F(Pause, LetsACommandThatRunsEndByItself) {
    auto agent = world.joined_agent();
    ASSERT_NE(agent, nullptr);
    auto controller = world.controller();
    controller->command(
        R"js({"id":1,"method":"Runtime.evaluate","params":{"expression":"new Promise(done=>setTimeout(()=>done(42),4000))","awaitPromise":true}})js");
    ASSERT_TRUE(controller->call("2", "Runtime.evaluate", R"({"expression":"2"})")) << "the first one runs";
    tell({"--pause"});
    const auto ended = controller->result("1");
    ASSERT_TRUE(ended);
    EXPECT_NE(ended->find(R"("value":42)"), std::string::npos) << *ended;
}

}  // namespace
