// An agent that was stopped (a signal, a debugger, a frozen container): what was sent to it meanwhile is old.

#include <gtest/gtest.h>
#include <signal.h>

#include "platform/standstill.hpp"
#include "tests/support/world.hpp"

namespace {

using support::World;
using namespace std::chrono_literals;

TEST(Standstill, WhatWasSentToAStoppedAgentIsStaleAndTheNextCommandIsCarriedOut) {
    World world;
    auto agent = world.joined_agent();
    ASSERT_NE(agent, nullptr);
    auto controller = world.controller();
    ASSERT_TRUE(controller->call("1", "Runtime.evaluate", R"({"expression":"window.touched = 0"})"));
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
    const auto next = controller->call("20", "Runtime.evaluate", R"({"expression":"window.touched"})");
    ASSERT_TRUE(next);
    EXPECT_NE(next->find(R"("value":0)"), std::string::npos) << *next;
}

}  // namespace
