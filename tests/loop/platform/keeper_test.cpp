// A command and all that descends from it, for real; tests/loop/cli/step_test.py has it in the agent.
#include "platform/process/keeper.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>

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
