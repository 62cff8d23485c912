// The agent is killed, whatever it is at: no process of the browser or of a hook outlives it by more than three
// seconds, and what a kill leaves on the disk is gone after the next start.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/support/world.hpp"

namespace {

using support::World;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

using support::no_orphan_within;
using support::slowness;
using support::stopped_within;

/// Not counted: one that has ended and that nobody reaped.
bool runs(pid_t pid) {
    if (pid <= 0) return false;
    std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
    std::string line;
    std::getline(file, line);
    const auto name_end = line.rfind(')');
    return name_end != std::string::npos && line.substr(name_end, 3) != ") Z";
}

bool is_child_of_chrome(pid_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary};
    const std::string line{std::istreambuf_iterator<char>{file}, {}};
    return line.find("--type=") != std::string::npos || line.find("crashpad") != std::string::npos;
}

class Kill : public testing::Test {
  protected:
    // An agent whose browser has answered, and where wanted with a hook at work that never ends, nor does its child.
    void begin(bool with_hook) {
        const std::string started = world.folder() / "hook-started";
        const std::string script = world.folder() / "hook";
        std::ofstream{script} << "#!/bin/sh\nsleep 300 & echo $$ $! >" << started << ".part; mv " << started << ".part "
                              << started << "\nwait\n";
        ASSERT_EQ(::chmod(script.c_str(), 0700), 0);
        agent = world.joined_agent({.config = "[hooks]\nvpn_on = [\"" + script + "\"]\n"});
        ASSERT_NE(agent, nullptr);
        const auto controller = world.controller();
        ASSERT_TRUE(controller->call("1", "Runtime.evaluate", R"({"expression":"1"})"));
        ASSERT_FALSE(world.browsers().empty());
        if (!with_hook) return;
        controller->broadcast("vpn-on", "{}");
        ASSERT_TRUE(world.until([&] { return fs::exists(started); }));
        std::ifstream{started} >> hook >> hooks_child;
        ASSERT_GT(hook, 0);
        ASSERT_GT(hooks_child, 0);
    }
    void TearDown() override {
        for (const auto pid : {hook, hooks_child}) {
            if (pid > 0) ::kill(pid, SIGKILL);
        }
        for (const auto pid : world.browsers()) ::kill(pid, SIGKILL);
    }
    bool hook_runs() const { return runs(hook) || runs(hooks_child); }
    void stop_browsers() {
        for (const auto pid : world.browsers()) ::kill(pid, SIGSTOP);
    }
    /// Chrome ends, not the agent: another one comes, and nothing of the first is left.
    void end_chrome_and_look(const std::function<void(pid_t chrome)>& end) {
        const auto old = world.browsers();
        const auto parent = std::find_if(old.begin(), old.end(), [](pid_t pid) { return !is_child_of_chrome(pid); });
        ASSERT_NE(parent, old.end());
        const auto profiles = world.profiles();
        end(*parent);
        const auto none_runs = [&old] { return std::none_of(old.begin(), old.end(), runs); };
        EXPECT_TRUE(world.until(none_runs, no_orphan_within)) << "processes of the browser are left";
        const auto back = world.controller()->call("8", "Runtime.evaluate", R"({"expression":"40+2"})");
        ASSERT_TRUE(back);
        EXPECT_NE(back->find(R"("value":42)"), std::string::npos) << *back;
        EXPECT_EQ(world.profiles(), profiles) << "a folder of the first one is left";
    }
    void kill_and_look() {
        agent->signal(SIGKILL);
        ASSERT_TRUE(agent->wait(2s * slowness));
        EXPECT_TRUE(world.until([&] { return world.browsers().empty() && !hook_runs(); }, no_orphan_within))
            << world.browsers().size() << " processes of the browser are left, the hook "
            << (hook_runs() ? "runs on" : "ended");
    }
    void terminate_and_look() {
        agent->signal(SIGTERM);
        const auto status = agent->wait(stopped_within);
        ASSERT_TRUE(status) << "it did not stop in time";
        EXPECT_TRUE(status->success()) << status->describe();
        EXPECT_TRUE(world.browsers().empty());
        EXPECT_EQ(world.profiles(), 0U);
    }

    World world;
    std::unique_ptr<support::Child> agent;
    pid_t hook = 0, hooks_child = 0;
};

TEST_F(Kill, AKilledChromeLeavesNoneOfItsProcesses) {
    ASSERT_NO_FATAL_FAILURE(begin(false));
    end_chrome_and_look([](pid_t chrome) { ::kill(chrome, SIGKILL); });
}

TEST_F(Kill, AKilledChromeLeavesNoneOfItsProcessesWithAHookAtWork) {
    ASSERT_NO_FATAL_FAILURE(begin(true));
    end_chrome_and_look([](pid_t chrome) { ::kill(chrome, SIGKILL); });
    EXPECT_TRUE(hook_runs()) << "the hook is no part of it";
    terminate_and_look();
}

TEST_F(Kill, AKilledChromeLeavesNoneOfItsProcessesThatWereStopped) {
    ASSERT_NO_FATAL_FAILURE(begin(false));
    stop_browsers();
    end_chrome_and_look([](pid_t chrome) { ::kill(chrome, SIGKILL); });
}

TEST_F(Kill, AChromeThatAControllerClosesLeavesNoneOfItsProcesses) {
    ASSERT_NO_FATAL_FAILURE(begin(false));
    end_chrome_and_look([this](pid_t) { ASSERT_TRUE(world.controller()->call("9", "Browser.close")); });
}

TEST_F(Kill, WithAHookAtWorkLeavesNoBrowserAndNoHook) {
    ASSERT_NO_FATAL_FAILURE(begin(true));
    kill_and_look();
}

TEST_F(Kill, WithAStoppedBrowserLeavesNoBrowser) {
    ASSERT_NO_FATAL_FAILURE(begin(false));
    stop_browsers();
    kill_and_look();
}

TEST_F(Kill, WithAStoppedBrowserAndAHookAtWorkLeavesNeither) {
    ASSERT_NO_FATAL_FAILURE(begin(true));
    stop_browsers();
    kill_and_look();
}

TEST_F(Kill, ATermEndsAHookAtWorkToo) {
    ASSERT_NO_FATAL_FAILURE(begin(true));
    terminate_and_look();
    EXPECT_TRUE(world.until([&] { return !hook_runs(); }, no_orphan_within)) << "the hook runs on";
}

TEST_F(Kill, ATermEndsAStoppedBrowserAndAHookAtWork) {
    ASSERT_NO_FATAL_FAILURE(begin(true));
    stop_browsers();
    terminate_and_look();
    EXPECT_TRUE(world.until([&] { return !hook_runs(); }, no_orphan_within)) << "the hook runs on";
}

TEST_F(Kill, ATermEndsAStoppedBrowser) {
    ASSERT_NO_FATAL_FAILURE(begin(false));
    stop_browsers();
    terminate_and_look();
}

TEST_F(Kill, ProfilesThatItLeftAreGoneAfterTheNextStart) {
    ASSERT_NO_FATAL_FAILURE(begin(false));
    EXPECT_GE(world.profiles(), 1U);
    kill_and_look();
    const auto left = world.profiles();
    EXPECT_GE(left, 1U) << "nobody was there to remove it";
    agent = world.agent();
    ASSERT_TRUE(agent->wait_for("-> attached", 20s));
    EXPECT_LE(world.profiles(), left) << "the old ones are gone, the new one's are there";
    terminate_and_look();
}

}  // namespace
