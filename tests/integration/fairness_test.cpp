// Nobody is starved: what one controller does, another one's command is answered within a turn of the others, at the
// budget that a machine comes with.

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/support/world.hpp"

namespace {

using nlohmann::json;
using support::World;
using namespace std::chrono_literals;

class Fairness : public testing::Test {
  protected:
    void SetUp() override {
        agent = world.joined_agent();
        ASSERT_NE(agent, nullptr);
        flood = world.controller();
        other = world.controller();
        ASSERT_TRUE(other->call("\"warm-1\"", "Browser.getVersion"));
    }

    static std::string command(const std::string& id, std::string_view method, std::string_view params = "{}") {
        std::string text = R"({"id":)" + json(id).dump() + R"(,"method":")";
        return text.append(method).append(R"(","params":)").append(params) + '}';
    }

    World world;
    std::unique_ptr<support::Child> agent;
    std::unique_ptr<support::Controller> flood;
    std::unique_ptr<support::Controller> other;
};

// A few results' time at 20 results a second, and what a loaded machine takes.
constexpr auto soon = 3s * support::slowness;

constexpr std::string_view never_settles = R"js({"expression":"new Promise(() => {})","awaitPromise":true})js";

TEST_F(Fairness, ThreeThousandCommandsOfOneDoNotKeepAnotherWaiting) {
    for (int i = 0; i < 3000; ++i) flood->command(command("flood-" + std::to_string(i), "Browser.getVersion"));
    // Which one comes first is the flood's own matter: a refusal is ready before the browser's answer.
    const auto flooded = [&] {
        return std::any_of(flood->heard().begin(), flood->heard().end(), [](const auto& heard) {
            return heard.event == "cdp-result" && heard.payload.find("flood-") != std::string::npos;
        });
    };
    ASSERT_TRUE(world.until(flooded));
    EXPECT_TRUE(other->result("\"other-1\"", 0ms) == std::nullopt);
    other->command(command("other-1", "Browser.getVersion"));
    const auto answer = other->result("\"other-1\"", soon);
    ASSERT_TRUE(answer);
    EXPECT_EQ(json::parse(*answer)["ok"], true) << *answer;
    ASSERT_TRUE(other->call("17", "Browser.getVersion")) << "nor one with plain numbers";
}

TEST_F(Fairness, ANameOfItsOwnForEachCommandBuysNothing) {
    for (int i = 0; i < 3000; ++i) {
        flood->command(command('a' + std::to_string(i) + 'x', "Runtime.evaluate", never_settles));
        if (i % 2 == 0) flood->command(command('b' + std::to_string(i) + 'x', "Browser.getVersion"));
    }
    ASSERT_TRUE(flood->result(R"("b2998x")", 30s)) << "the newest has its turn before the others";
    for (int i = 2; i < 5; ++i) {
        const std::string id = "warm-" + std::to_string(i);
        other->command(command(id, "Browser.getVersion"));
        const auto answer = other->result(json(id).dump(), 2 * soon);
        ASSERT_TRUE(answer) << id;
        EXPECT_EQ(json::parse(*answer)["ok"], true) << *answer;
    }
}

TEST_F(Fairness, CommandsThatNeverEndKeepNobodyFromAnAnswer) {
    for (int i = 0; i < 3000; ++i) {
        flood->command(command("flood-" + std::to_string(i), "Runtime.evaluate", never_settles));
    }
    ASSERT_TRUE(world.until([&] { return flood->results() > 0; }, 20s)) << "some are refused, for want of a place";
    for (const char* method : {"Browser.getVersion", "Runtime.evaluate"}) {
        const std::string id = std::string{"other-"} + (*method == 'B' ? '1' : '2');
        other->command(command(id, method, *method == 'B' ? "{}" : R"({"expression":"1+1"})"));
        const auto answer = other->result(json(id).dump(), soon);
        ASSERT_TRUE(answer) << method;
        EXPECT_EQ(json::parse(*answer)["ok"], true) << *answer;
    }
}

}  // namespace
