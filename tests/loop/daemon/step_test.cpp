// The command of --exec for real: how it ends, what it is given, and that nothing of it stays. The agent around it is
// in tests/loop/cli/step_test.py.
#include "agent/daemon/step.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "platform/unique_fd.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using agent::daemon::Step;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class StepLoop : public ::testing::Test {
  protected:
    StepLoop() {
        const std::string fifo = folder / "line";
        EXPECT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    }
    Step& make(std::vector<std::string> command, std::vector<std::string> more = {}) {
        std::vector<std::string> environment{"PATH=/usr/bin:/bin", "LINE=" + (folder / "line").string(),
                                             "OUT=" + (folder / "out").string()};
        environment.insert(environment.end(), more.begin(), more.end());
        code.reset();
        io.restart();
        step.emplace(io.get_executor(), std::move(command), std::move(environment));
        const auto run = [this]() -> awaitable<void> { code = co_await step->run(); };
        net::co_spawn(io, run, rethrow);
        return *step;
    }
    Step& shell(const std::string& script, std::vector<std::string> more = {}) {
        return make({"/bin/sh", "-c", script}, std::move(more));
    }
    /// What the script writes to $LINE: it has come that far.
    std::string hear() {
        std::string text;
        while (!step->started() && !code) io.run_one_for(100ms);
        std::ifstream line{folder / "line"};
        std::getline(line, text);
        return text;
    }
    int end() {
        const auto until = std::chrono::steady_clock::now() + 20s;
        while (!code && std::chrono::steady_clock::now() < until) io.run_one_for(100ms);
        EXPECT_TRUE(code.has_value());
        return code.value_or(-1);
    }
    std::string output() const {
        std::ostringstream text;
        text << std::ifstream{folder / "out"}.rdbuf();
        return text.str();
    }
    static bool runs(pid_t pid) {
        const platform::UniqueFd watch{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
        if (!watch) return errno != ESRCH;
        pollfd watched{watch.get(), POLLIN, 0};
        return ::poll(&watched, 1, 0) == 0;
    }

    tests::TempFolder folder;
    net::io_context io;
    std::optional<Step> step;
    std::optional<int> code;
};

TEST_F(StepLoop, EndsWithTheCodeOfItsCommand) {
    struct Row {
        const char* script;
        int code;
    };
    for (const Row& row : {Row{"exit 0", 0}, Row{"exit 3", 3}, Row{"kill -TERM $$", 143}, Row{"kill -KILL $$", 137}}) {
        shell(row.script);
        EXPECT_EQ(end(), row.code) << row.script;
        EXPECT_TRUE(step->started());
    }
}

TEST_F(StepLoop, WhatCannotBeStartedHasTheCodesOfAShell) {
    make({"/no/such/program"});
    EXPECT_EQ(end(), 127);
    EXPECT_FALSE(step->started());
    make({"no-such-program-anywhere"});
    EXPECT_EQ(end(), 127);
    folder.put("text", "no program");
    make({(folder / "text").string()});
    EXPECT_EQ(end(), 126);
    EXPECT_FALSE(step->started());
    step->signal(SIGTERM);  // nobody is there, and nothing happens
}

TEST_F(StepLoop, HasItsEnvironmentAndOneMarkOfItsOwn) {
    shell("env > $OUT", {"GREETING=hello", "BMC_STEP=of-an-outer-step"});
    EXPECT_EQ(end(), 0);
    EXPECT_THAT(output(), HasSubstr("GREETING=hello\n"));
    EXPECT_THAT(output(), Not(HasSubstr("of-an-outer-step")));
    EXPECT_THAT(output(), HasSubstr("BMC_STEP="));
    EXPECT_THAT(output(), Not(HasSubstr("HOME="))) << "nothing is inherited";
}

TEST_F(StepLoop, ASignalIsPassedOnAndItsTrapMayCleanUp) {
    shell("trap 'echo cleaned > $OUT; exit 7' TERM; echo up > $LINE; while :; do sleep 0.05; done");
    EXPECT_EQ(hear(), "up");
    step->signal(SIGTERM);
    EXPECT_EQ(end(), 7);
    EXPECT_EQ(output(), "cleaned\n");
}

TEST_F(StepLoop, ACancelledStepHasNotPassedWhateverItsTrapSays) {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        shell("trap 'exit 0' INT TERM HUP; echo up > $LINE; while :; do sleep 0.05; done");
        EXPECT_EQ(hear(), "up");
        step->signal(number);
        EXPECT_EQ(end(), 128 + number);
    }
}

TEST_F(StepLoop, TheSecondSignalIsTheLast) {
    shell("trap '' INT; echo up > $LINE; while :; do sleep 0.05; done");
    EXPECT_EQ(hear(), "up");
    step->signal(SIGINT);
    step->signal(SIGINT);
    EXPECT_EQ(end(), 137);
}

TEST_F(StepLoop, AStoppedCommandHearsTheSignalToo) {
    shell("echo $$ > $LINE; kill -STOP $$; sleep 100");
    ASSERT_NE(hear(), "");
    step->signal(SIGTERM);
    EXPECT_EQ(end(), 143);
}

TEST_F(StepLoop, WhatStaysInTheBackgroundEndsWithIt) {
    shell("sleep 1000 & echo $! > $LINE; exit 5");
    const pid_t background = std::stoi(hear());
    EXPECT_EQ(end(), 5);
    EXPECT_FALSE(runs(background));
}

TEST_F(StepLoop, WhatLeftItsGroupEndsWithItToo) {
    shell("setsid /bin/sh -c 'echo $$ > $LINE; exec sleep 1000' & wait $!; exit 0");
    const pid_t stray = std::stoi(hear());
    EXPECT_TRUE(runs(stray));
    step->signal(SIGTERM);
    EXPECT_EQ(end(), 143);
    EXPECT_FALSE(runs(stray));
}

}  // namespace
