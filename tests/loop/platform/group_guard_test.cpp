// A guard ends a group when the process that made it is gone, however it ended.
#include "platform/process/group_guard.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "platform/crypto.hpp"
#include "platform/process/pipe.hpp"

namespace platform {
namespace {

using namespace std::chrono_literals;

/// Whether the process is gone within the limit, reaped or not.
bool gone_within(pid_t pid, std::chrono::milliseconds limit) {
    const UniqueFd watch{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    if (!watch) return errno == ESRCH;
    pollfd watched{watch.get(), POLLIN, 0};
    return ::poll(&watched, 1, static_cast<int>(limit.count())) == 1;
}

struct GroupGuardTest : ::testing::Test {
    ~GroupGuardTest() override {
        if (maker > 0) end_maker(SIGKILL);
        for (const pid_t pid : pids) ::kill(pid, SIGKILL);
    }
    /// A process of ours that starts a guarded shell. The script says pids on its standard output, one a line.
    void start(const std::string& script, int lines, const std::string& mark = {}, const std::string& entry = {}) {
        auto line = make_pipe();
        ASSERT_TRUE(line.has_value());
        maker = ::fork();
        if (maker == 0) guard_for_ever(script, line->write.get(), mark, entry);
        line->write.reset();
        std::string text;
        std::array<char, 256> piece{};
        while (std::count(text.begin(), text.end(), '\n') < lines) {
            const auto n = ::read(line->read.get(), piece.data(), piece.size());
            ASSERT_GT(n, 0) << text;
            text.append(piece.data(), static_cast<std::size_t>(n));
        }
        for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
            pids.push_back(std::stoi(text.substr(at)));
    }
    [[noreturn]] static void guard_for_ever(const std::string& script, int out, const std::string& mark,
                                            const std::string& entry) {
        net::io_context io;
        std::optional<GroupGuard> guard;
        ProcessOptions options;
        options.arguments = {"/bin/sh", "-c", script, "sh", mark};
        options.environment = {"PATH=/usr/bin:/bin"};
        if (!entry.empty()) options.environment.push_back(entry);
        options.descriptors = {{1, out}};
        options.before_exec = [&](pid_t group) { guard.emplace(io.get_executor(), group, mark, entry); };
        const auto child = Process::spawn(io.get_executor(), options);
        for (;;) ::pause();
    }
    void end_maker(int number) {
        ::kill(maker, number);
        ::waitpid(maker, nullptr, 0);
        maker = -1;
    }

    pid_t maker = -1;
    std::vector<pid_t> pids;
};

TEST_F(GroupGuardTest, TheGroupEndsWithItsMaker) {
    start("sleep 1000 & echo $!; echo $$; wait", 2);
    for (const pid_t pid : pids) EXPECT_FALSE(gone_within(pid, 0ms));
    end_maker(SIGKILL);
    for (const pid_t pid : pids) EXPECT_TRUE(gone_within(pid, 5s)) << "the shell, and what it started";
}

TEST_F(GroupGuardTest, WhatLeftTheGroupIsFoundByItsMark) {
    const std::string mark = "bmc-mark-" + hex(random_bytes(8));
    start("setsid /bin/sh -c 'echo $$; while :; do sleep 0.05; done' \"$1\" & wait", 1, mark);
    end_maker(SIGKILL);
    EXPECT_TRUE(gone_within(pids.at(0), 5s));
}

TEST_F(GroupGuardTest, WhatLeftTheGroupIsFoundByItsEnvironment) {
    const std::string entry = "BMC_GUARD_TEST=" + hex(random_bytes(8));
    start("setsid /bin/sh -c 'echo $$; exec sleep 1000' & wait", 1, {}, entry);
    end_maker(SIGKILL);
    EXPECT_TRUE(gone_within(pids.at(0), 5s));
}

TEST_F(GroupGuardTest, ProcessesOfOthersStay) {
    const std::string entry = "BMC_GUARD_TEST=" + hex(random_bytes(8));
    net::io_context io;
    ProcessOptions options;
    options.arguments = {"/bin/sleep", "1000"};
    options.environment = {entry + "longer", "OTHER=" + entry};
    const auto other = Process::spawn(io.get_executor(), options);
    ASSERT_TRUE(other.has_value());
    start("echo $$; exec sleep 1000", 1, {}, entry);
    end_maker(SIGKILL);
    EXPECT_TRUE(gone_within(pids.at(0), 5s));
    EXPECT_FALSE(gone_within(other->pid(), 100ms));
}

}  // namespace
}  // namespace platform
