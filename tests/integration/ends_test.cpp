// Every end of the process and of the pairing, with commands in flight: each is answered once, and what the browser has
// answered is delivered, however little the sending budget allows.

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "tests/support/world.hpp"

namespace {

using support::Child;
using support::slowness;
using support::World;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// A message a second, and three at once: an end that kept to it would take minutes.
constexpr const char* hardly_any_budget = "budget_start = 1\nbudget_max = 1\n";

/// The agent stays: it paces what it sends.
constexpr const char* no_budget = "budget_max = 0\n";

/// An unpair is at the gate within a second, and has answered before; a stop answers within service.stop_grace.
constexpr auto unpaired_within = 1s * slowness;
constexpr auto ended_within = 2s * slowness;

struct Ending {
    const char* name;
    std::function<void(World& world, Child& agent, support::Controller& controller)> begin;
    std::chrono::milliseconds limit;
    const char* reason = "\"stopping\"";  // of what the browser had not answered
    bool stays = true;                    // the process goes on
    std::vector<std::string> arguments = {};
    const char* budget = hardly_any_budget;
};

void put(const std::string& file) {
    std::ofstream{file} << "now\n";
}

const std::vector<Ending>& endings() {
    static const std::vector<Ending> all{
        {"Channel", [](World&, Child&, support::Controller& by) { by.broadcast("unpair", "{}"); }, unpaired_within},
        {"Command",
         [](World& world, Child&, support::Controller&) {
             auto command = world.agent({.arguments = {"--unpair"}});
             EXPECT_TRUE(command->wait());
         },
         unpaired_within},
        {"StoreRemoved",
         [](World& world, Child&, support::Controller&) { fs::remove(world.state() + "/credential.json"); },
         unpaired_within},
        {"AnotherDevice",
         [](World& world, Child&, support::Controller&) {
             // As a pairing puts it there: in one go, another device with a token of its own.
             const std::string file = world.state() + "/credential.json";
             auto other = nlohmann::json::parse(std::ifstream{file});
             other["device"]["uuid"] = "0000aaaa-1111-4222-8333-444455556666";
             other["access_token"] = world.mint_device(100 * 3600, "0000aaaa-1111-4222-8333-444455556666");
             std::ofstream{file + ".other"} << other.dump();
             fs::permissions(file + ".other", fs::perms::owner_read | fs::perms::owner_write);
             fs::rename(file + ".other", file);
         },
         unpaired_within},
        {"Term", [](World&, Child& agent, support::Controller&) { agent.signal(SIGTERM); }, ended_within,
         "\"stopping\"", false},
        {"Int", [](World&, Child& agent, support::Controller&) { agent.signal(SIGINT); }, ended_within, "\"stopping\"",
         false},
        {"Exec",
         [](World& world, Child&, support::Controller&) { put(world.folder() / "go"); },
         ended_within,
         "\"stopping\"",
         false,
         {"--exec", "/bin/sh", "-c", "until [ -e \"$TMPDIR/../go\" ]; do sleep 0.02; done"}},
        {"BrowserGone",
         [](World& world, Child&, support::Controller&) {
             for (const pid_t pid : world.browsers()) ::kill(pid, SIGKILL);
         },
         unpaired_within,
         "\"browser_lost\"",
         true,
         {},
         no_budget},
    };
    return all;
}

struct Load {
    int in_flight;
    bool tls;
};

class Ends : public testing::TestWithParam<std::tuple<std::size_t, Load>> {
  protected:
    /// Half of the commands, rounded down, have their result in the agent when it ends; the others never get one.
    static bool settles(int id, int count) { return id <= count / 2; }

    void send(int count) {
        for (int id = 1; id <= count; ++id) {
            const std::string text = R"({"id":)" + std::to_string(id) + R"(,"method":"Runtime.evaluate","params":)";
            // Held, or the browser would answer that it was collected.
            controller->command(text +
                                (settles(id, count)
                                     ? R"({"expression":"1"}})"
                                     : R"({"awaitPromise":true,"expression":"globalThis.kept=globalThis.kept||[],)"
                                       R"(kept[kept.push(new Promise(()=>{}))-1]"}})"));
        }
    }
    /// All have arrived, and those that settle are answered.
    bool all_there(int count) {
        const auto status = world.status();
        return status.contains("commands") && status["commands"]["received"] == count + 1 &&
               status["browser"]["in_flight"] == count - count / 2;
    }

    World world;
    std::unique_ptr<Child> agent;
    std::unique_ptr<support::Controller> controller;
};

TEST_P(Ends, AnswersEveryCommandOnceAndDeliversEveryResult) {
    const Ending& ending = endings()[std::get<0>(GetParam())];
    const auto [count, tls] = std::get<1>(GetParam());
    agent = world.joined_agent({.arguments = ending.arguments, .config = ending.budget, .tls = tls});
    ASSERT_NE(agent, nullptr);
    controller = world.controller();
    ASSERT_TRUE(controller->call("0", "Runtime.evaluate", R"({"expression":"0"})"));
    send(count);
    ASSERT_TRUE(world.until([&, c = count] { return all_there(c); }, 20s)) << world.status().dump(1);

    const auto begun = std::chrono::steady_clock::now();
    ending.begin(world, *agent, *controller);
    const auto all_came = [&, c = count] { return controller->results() >= static_cast<std::size_t>(c) + 1; };
    ASSERT_TRUE(world.until(all_came, 5s * slowness))
        << controller->results() << " of " << count + 1 << " answers came\n"
        << agent->output();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, ending.limit);
    for (int id = 1; id <= count; ++id) {
        const auto text = std::to_string(id);
        EXPECT_EQ(controller->copies(text), 1U) << id;
        const auto result = controller->result(text, 0ms);
        ASSERT_TRUE(result) << id;
        const char* wanted = settles(id, count) ? "\"ok\":true" : ending.reason;
        EXPECT_NE(result->find(wanted), std::string::npos) << *result;
    }
    if (!ending.stays) {
        const auto status = agent->wait(support::stopped_within);
        ASSERT_TRUE(status) << "it did not stop in time";
        EXPECT_TRUE(status->success()) << status->describe();
    }
    EXPECT_EQ(agent->running(), ending.stays);
}

std::string name_of(const testing::TestParamInfo<Ends::ParamType>& info) {
    const auto& [ending, load] = info.param;
    return std::string{endings()[ending].name} + "With" + std::to_string(load.in_flight) + (load.tls ? "OverTls" : "");
}

/// Each ending under the greatest load, and with BMC_ALL_ENDS (tests/full/ends) under each.
std::vector<Ends::ParamType> cases() {
    std::vector<Ends::ParamType> all;
    const bool each = std::getenv("BMC_ALL_ENDS") != nullptr;
    for (std::size_t ending = 0; ending < endings().size(); ++ending) {
        for (const int count : {1, 30, 256}) {
            for (const bool tls : {false, true}) {
                const bool greatest = count == 256 && tls == (ending % 2 == 0);
                const bool typical = ending == 0 && (count == 1) != tls;
                if (each || greatest || typical) all.emplace_back(ending, Load{count, tls});
            }
        }
    }
    return all;
}

INSTANTIATE_TEST_SUITE_P(All, Ends, testing::ValuesIn(cases()), name_of);

TEST(End, AStopWaitsForResultsThatComeDuringItsGrace) {
    constexpr int count = 200;
    World world;
    const auto agent = world.joined_agent({.config = hardly_any_budget});
    ASSERT_NE(agent, nullptr);
    const auto controller = world.controller();
    ASSERT_TRUE(controller->call("0", "Runtime.evaluate", R"({"expression":"0"})"));
    const auto late = [](int id) { return id % 2 == 0; };
    for (int id = 1; id <= count; ++id) {
        controller->command(R"({"id":)" + std::to_string(id) + R"(,"method":"Runtime.evaluate","params":)" +
                            R"({"awaitPromise":true,"expression":"globalThis.kept=globalThis.kept||[],)" +
                            R"(kept[kept.push(new Promise(done=>{)" + (late(id) ? "globalThis['go'+" : "void(") +
                            std::to_string(id) + (late(id) ? "]=done" : ")") + R"(}))-1]"}})");
    }
    ASSERT_TRUE(world.until(
        [&] {
            const auto status = world.status();
            return status.contains("commands") && status["browser"]["in_flight"] == count;
        },
        20s));
    // They settle when the agent is stopping already, and well within its grace of two seconds.
    controller->command(R"end({"id":"settle","method":"Runtime.evaluate","params":{"expression":)end"
                        R"end("setTimeout(()=>{for(let i=2;i<=200;i+=2)globalThis['go'+i](i)},500)"}})end");
    ASSERT_TRUE(controller->result("\"settle\""));
    const auto begun = std::chrono::steady_clock::now();
    agent->signal(SIGTERM);
    ASSERT_TRUE(world.until([&] { return controller->results() == count + 2; }, 5s * slowness))
        << controller->results() << "\n"
        << agent->output();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, ended_within);
    for (int id = 1; id <= count; ++id) {
        const auto result = controller->result(std::to_string(id), 0ms);
        ASSERT_TRUE(result) << id;
        EXPECT_NE(result->find(late(id) ? R"("ok":true)" : R"("stopping")"), std::string::npos) << *result;
    }
    ASSERT_TRUE(agent->wait(support::stopped_within));
}

}  // namespace
