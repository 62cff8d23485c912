// An agent that was stopped (a signal, a debugger, a frozen container): what was sent to it meanwhile is old.

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "platform/standstill.hpp"
#include "tests/support/world.hpp"

namespace {

using support::World;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// How often the threads of a process went to sleep again, that is, were woken.
std::size_t wakes_of(pid_t pid) {
    constexpr std::string_view field = "voluntary_ctxt_switches:";
    std::size_t count = 0;
    for (const auto& thread : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
        std::ifstream status{thread.path() / "status"};
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with(field)) count += std::stoul(line.substr(field.size()));
        }
    }
    return count;
}

/// Heartbeats and the browser's sign of life are rare: for seconds on end nothing wakes it.
TEST(Standstill, AnIdleAgentSleeps) {
    World world;
    auto agent = world.joined_agent();
    ASSERT_NE(agent, nullptr);
    ASSERT_TRUE(agent->wait_for("launching -> attached"));
    constexpr std::size_t quiet_seconds = 4;
    constexpr std::size_t most_wakes = 1;
    std::vector<std::size_t> wakes{wakes_of(agent->pid())};
    const auto quiet = [&] {
        wakes.push_back(wakes_of(agent->pid()));
        const auto now = wakes.size() - 1;
        return now >= quiet_seconds && wakes[now] - wakes[now - quiet_seconds] <= most_wakes;
    };
    const auto never = [] { return false; };
    bool found = false;
    for (int second = 0; second < 25 && !found; ++second) {
        world.until(never, 1s);
        found = quiet();
    }
    EXPECT_TRUE(found) << ::testing::PrintToString(wakes);
}

/// `busy`: it was just asked for something, and so ticks; else it is idle.
void what_was_sent_to_a_stopped_agent_is_stale(bool busy) {
    World world;
    auto agent = world.joined_agent();
    ASSERT_NE(agent, nullptr);
    auto controller = world.controller();
    if (busy) {
        ASSERT_TRUE(controller->call("1", "Runtime.evaluate", R"({"expression":"window.touched = 0"})"));
    }
    agent->signal(SIGSTOP);
    for (int id = 2; id < 12; ++id) {
        controller->command(R"({"id":)" + std::to_string(id) +
                            R"(,"method":"Runtime.evaluate","params":{"expression":"++window.touched"}})");
    }
    const auto never = [] { return false; };
    world.until(never, std::chrono::ceil<std::chrono::milliseconds>(platform::Standstills::least) + 1s);
    agent->signal(SIGCONT);
    for (int id = 2; id < 12; ++id) {
        const auto result = controller->result(std::to_string(id));
        ASSERT_TRUE(result) << id;
        EXPECT_NE(result->find(R"("reason":"stale")"), std::string::npos) << *result;
    }
    const auto next = controller->call("20", "Runtime.evaluate", R"({"expression":"window.touched || 0"})");
    ASSERT_TRUE(next);
    EXPECT_NE(next->find(R"("value":0)"), std::string::npos) << *next;
}

TEST(Standstill, WhatWasSentToAStoppedAgentIsStaleAndTheNextCommandIsCarriedOut) {
    what_was_sent_to_a_stopped_agent_is_stale(true);
}

TEST(Standstill, SoIsWhatWasSentToAnIdleOne) {
    what_was_sent_to_a_stopped_agent_is_stale(false);
}

}  // namespace
