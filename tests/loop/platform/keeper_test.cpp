// A command and all that descends from it, for real; tests/loop/cli/step_test.py has it in the agent.
#include "platform/process/keeper.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <string>

#include "platform/wait.hpp"
#include "tests/support/temp_folder.hpp"

namespace platform {
namespace {

/// Whether the process has ended, reaped or not.
bool has_ended(pid_t pid) {
    const UniqueFd watch{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    if (!watch) return errno == ESRCH;
    pollfd watched{watch.get(), POLLIN, 0};
    return ::poll(&watched, 1, 0) == 1;
}

pid_t parent_of(pid_t pid) {
    std::ifstream stat{"/proc/" + std::to_string(pid) + "/stat"};
    std::string text;
    std::getline(stat, text);
    return std::stoi(text.substr(text.rfind(')') + 4));
}

/// The command runs before its keeper wherever both could: on one core, where the keeper has the idle class.
void let_it_run_first(pid_t command) {
    cpu_set_t cores;
    ASSERT_EQ(::sched_getaffinity(0, sizeof cores, &cores), 0);
    int first = 0;
    while (!CPU_ISSET(first, &cores)) ++first;
    CPU_ZERO(&cores);
    CPU_SET(first, &cores);
    const pid_t keeper = parent_of(command);
    const sched_param none{};
    ASSERT_EQ(::sched_setscheduler(keeper, SCHED_IDLE, &none), 0);
    for (const pid_t pid : {keeper, command}) ASSERT_EQ(::sched_setaffinity(pid, sizeof cores, &cores), 0);
}

TEST(Keeper, that_is_killed_while_its_command_begins_is_told_as_the_commands_end) {
    net::io_context context;
    ProcessOptions options;
    // The first thing that it does: the keeper has not said that it has begun.
    options.arguments = {"/bin/sh", "-c", "kill -KILL $PPID; exec /bin/sleep 1000"};
    options.environment = {"PATH=/usr/bin:/bin"};
    options.before_exec = let_it_run_first;
    // Few: beside other work the idle class has to wait.
    for (int i = 0; i < 3; ++i) {
        auto kept = KeptProcess::spawn(context.get_executor(), options, "KEPT=1");
        ASSERT_TRUE(kept) << i << ": " << kept.error().message();
        std::optional<Result<ExitStatus>> ended;
        auto work = [&]() -> awaitable<void> { ended = co_await kept->wait(); };
        net::co_spawn(context, work, rethrow);
        context.restart();
        context.run();
        ASSERT_TRUE(ended && *ended);
        EXPECT_TRUE((*ended)->signalled);
        EXPECT_EQ((*ended)->code, SIGKILL);
    }
}

TEST(Keeper, what_left_its_group_and_forgot_its_environment_ends_with_the_destruction) {
    for (const char* then : {"wait", "exit 0"}) {
        const tests::TempFolder folder;
        const std::string line = folder / "pid";
        ASSERT_EQ(::mkfifo(line.c_str(), 0600), 0);
        net::io_context context;
        ProcessOptions options;
        const auto stray = "setsid env -i /bin/sh -c 'echo $$ >" + line + "; exec /bin/sleep 1000' & ";
        options.arguments = {"/bin/sh", "-c", stray + then};
        options.environment = {"PATH=/usr/bin:/bin"};
        auto kept = KeptProcess::spawn(context.get_executor(), options, "KEPT=1");
        ASSERT_TRUE(kept) << kept.error().message();
        std::optional command{std::move(*kept)};
        pid_t pid = 0;
        std::ifstream{line} >> pid;
        ASSERT_GT(pid, 0);
        EXPECT_FALSE(has_ended(pid));
        command.reset();
        EXPECT_TRUE(has_ended(pid)) << then;
        if (!has_ended(pid)) ::kill(pid, SIGKILL);
    }
}

}  // namespace
}  // namespace platform
