// What large results cost the agent's process in memory, one and several at once, and what is left of it afterwards.

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/memory.hpp"
#include "tests/support/world.hpp"

namespace {

using support::World;
using namespace std::chrono_literals;

constexpr std::size_t result_bytes = std::size_t{8} << 20;

/// The resident size now, in bytes.
std::size_t memory_now(pid_t pid) {
    std::ifstream status{support::place_of(pid, "statm")};
    std::size_t pages = 0;
    status >> pages >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

class Memory : public testing::TestWithParam<bool> {};

TEST_P(Memory, LargeResultsCostThreeTimesTheirSizeAndAreGivenBack) {
    World world{{"--payload-kb", "90000", "--message-bytes", "100000000"}};
    auto agent =
        world.joined_agent({.config = "payload_limit = \"80MB\"\nread_limit = \"100MB\"\n", .tls = GetParam()});
    ASSERT_NE(agent, nullptr);
    auto controller = world.controller();
    const auto ask = [&](const std::string& id) {
        const std::string expression = "'y'.repeat(" + std::to_string(result_bytes) + ")";
        controller->command(R"({"id":")" + id + R"(","method":"Runtime.evaluate","params":{"expression":")" +
                            expression + "\"}}");
    };
    ASSERT_TRUE(controller->call("\"warm-1\"", "Runtime.evaluate", R"({"expression":"1"})"));
    const std::size_t before = memory_now(agent->pid());
    ask("one-1");
    ASSERT_TRUE(controller->result("\"one-1\"", 30s));
    EXPECT_LT(support::peak_memory(agent->pid()) - before, 3 * result_bytes + support::memory_slack);
    constexpr std::size_t several = 5;
    for (std::size_t i = 0; i < several; ++i) ask("many-" + std::to_string(i));
    for (std::size_t i = 0; i < several; ++i) ASSERT_TRUE(controller->result("\"many-" + std::to_string(i) + '"', 30s));
    EXPECT_LT(support::peak_memory(agent->pid()) - before, 3 * several * result_bytes + support::memory_slack);
    // The last acknowledgement may still be on its way.
    ASSERT_TRUE(controller->call("\"warm-2\"", "Runtime.evaluate", R"({"expression":"1"})"));
    EXPECT_TRUE(world.until([&] { return memory_now(agent->pid()) < before + support::memory_kept; }, 10s))
        << "of " << before << " bytes " << memory_now(agent->pid()) << " are held after all is acknowledged";
}

INSTANTIATE_TEST_SUITE_P(All, Memory, testing::Bool(),
                         [](const auto& tls) { return std::string{tls.param ? "OverTls" : "Plain"}; });

}  // namespace
