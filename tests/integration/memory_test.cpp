// What large results cost the agent's process in memory, one and several at once, and what is left of it afterwards.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <optional>

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

#ifndef __SANITIZE_ADDRESS__  // the sanitizer's own places in memory leave no room for a limit
/// All that the process has reserved, in bytes: what RLIMIT_AS bounds.
std::size_t reserved_now(pid_t pid) {
    std::ifstream status{support::place_of(pid, "statm")};
    std::size_t pages = 0;
    status >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// The agent gets `room` bytes more than it has, whatever it needs them for.
void leave_room(pid_t pid, std::optional<std::size_t> room) {
    rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
    if (room) limit.rlim_cur = reserved_now(pid) + *room;
    ASSERT_EQ(::prlimit(pid, RLIMIT_AS, &limit, nullptr), 0);
}

class NoMemory : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(world.pair());
        const auto row = R"({"uuid":")" + std::string{support::device_uuid} + R"(","name":"lab"})";
        world.rest("POST", "/devices", row, world.mint_device());
        agent = world.agent({.arguments = {"--realtime-optional-spread", "0"},
                             .config = "payload_limit = \"80MB\"\nread_limit = \"100MB\"\n"});
        ASSERT_TRUE(agent->wait_for("-> joined", 20s)) << agent->output();
        controller = world.controller();
        ASSERT_TRUE(controller->call("\"warm\"", "Runtime.evaluate", R"({"expression":"1"})"));
        // What a join brings is over: a request that has no memory ends the agent.
        ASSERT_TRUE(world.until([this] { return has_facts() && join_is_noted(); })) << agent->output();
    }
    std::string text_of(std::string_view name) const {
        std::ifstream file{world.state() + "/" + std::string{name}};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    /// Its name and its settings, which are asked for and stored one after the other.
    bool has_facts() const {
        const auto facts = text_of("device.json");
        return facts.find("lab") != std::string::npos && facts.find("settings") != std::string::npos;
    }
    /// It is noted once more two heartbeats later, when all of this is over.
    bool join_is_noted() const { return text_of("state.json").find("joined_at_ms") != std::string::npos; }
    void ask_for_large_result(const std::string& id) {
        const std::string expression = "'y'.repeat(" + std::to_string(result_bytes) + ")";
        controller->command(R"({"id":")" + id + R"(","method":"Runtime.evaluate","params":{"expression":")" +
                            expression + "\"}}");
    }

    World world{{"--payload-kb", "90000", "--message-bytes", "100000000"}};
    std::unique_ptr<support::Child> agent;
    std::unique_ptr<support::Controller> controller;
};

TEST_F(NoMemory, ForALargeResultIsSaidToTheOneThatAskedAndTheAgentLives) {
    for (const std::size_t eighths : {0U, 2U, 4U, 6U}) {  // of the result: where it cannot be read
        const auto step = std::to_string(eighths);
        leave_room(agent->pid(), eighths * result_bytes / 8);
        ask_for_large_result("large-" + step);
        const auto result = controller->result("\"large-" + step + '"', 30s);
        leave_room(agent->pid(), std::nullopt);
        ASSERT_TRUE(result) << step << " eighths";
        EXPECT_NE(result->find("overloaded"), std::string::npos) << step << " eighths: " << *result;
        ASSERT_TRUE(controller->call("\"small-" + step + '"', "Runtime.evaluate", R"({"expression":"1"})")) << step;
    }
    ask_for_large_result("large");
    const auto result = controller->result("\"large\"", 30s);
    ASSERT_TRUE(result);
    EXPECT_GT(result->size(), result_bytes) << "with its memory back";
}

TEST_F(NoMemory, OnTheWayOfAResultIsSaidOrEndsTheAgentWithASentence) {
    for (std::size_t eighths = 8; eighths <= 32; ++eighths) {  // of the result: from where it can be read
        const auto step = std::to_string(eighths);
        leave_room(agent->pid(), eighths * result_bytes / 8);
        ask_for_large_result("large-" + step);
        const auto is_said = [&] { return controller->copies("\"large-" + step + '"') > 0 || !agent->running(); };
        ASSERT_TRUE(world.until(is_said, 30s)) << step << " eighths: it goes on without what has thrown";
        if (!agent->running()) {
            EXPECT_TRUE(agent->wait());
            EXPECT_TRUE(agent->said("the system gave no memory")) << agent->output();
            return;
        }
        leave_room(agent->pid(), std::nullopt);
        ASSERT_TRUE(controller->call("\"small-" + step + '"', "Runtime.evaluate", R"({"expression":"1"})")) << step;
    }
}
#endif

INSTANTIATE_TEST_SUITE_P(All, Memory, testing::Bool(),
                         [](const auto& tls) { return std::string{tls.param ? "OverTls" : "Plain"}; });

}  // namespace
