// Child processes for real: descriptors, environment, groups, death with the parent.
#include "platform/process/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>

namespace platform {
namespace {

using namespace std::chrono_literals;
using namespace net::experimental::awaitable_operators;

/// A child of `/bin/sh -c script` with its standard output in our hands.
struct Shell {
    net::io_context context;
    UniqueFd out;
    std::optional<Process> child;

    Error start(const std::string& script, ProcessOptions options = {}) {
        int ends[2];
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        out.reset(ends[0]);
        const UniqueFd theirs{ends[1]};
        options.arguments = {"/bin/sh", "-c", script};
        options.descriptors.push_back({1, theirs.get()});
        auto spawned = Process::spawn(context.get_executor(), options);
        if (!spawned) return spawned.error();
        child.emplace(std::move(*spawned));
        return {};
    }

    /// Everything up to `until` (or the end of the stream where that is empty).
    std::string read(std::string_view until = {}) {
        std::string text;
        char piece[512];
        while (until.empty() || text.find(until) == std::string::npos) {
            const auto n = ::read(out.get(), piece, sizeof piece);
            if (n <= 0) break;
            text.append(piece, static_cast<std::size_t>(n));
        }
        return text;
    }

    Result<ExitStatus> wait() {
        Result<ExitStatus> ended = Error{};
        net::co_spawn(
            context, [&]() -> awaitable<void> { ended = co_await child->wait(); }, rethrow);
        context.run();
        context.restart();
        return ended;
    }
};

/// Whether the process ends (reaped or not) within the limit.
bool ends_within(pid_t pid, std::chrono::milliseconds limit) {
    const UniqueFd watch{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    if (!watch) return errno == ESRCH;
    pollfd watched{watch.get(), POLLIN, 0};
    return ::poll(&watched, 1, static_cast<int>(limit.count())) == 1;
}

TEST(Process, tells_exit_status_and_signal) {
    Shell shell;
    ASSERT_FALSE(shell.start("exit 21"));
    auto ended = shell.wait();
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->describe(), "exit status 21");
    EXPECT_EQ(shell.child->poll()->code, 21);
    EXPECT_EQ(shell.wait()->code, 21);  // again, at once

    Shell killed;
    ASSERT_FALSE(killed.start("kill -9 $$"));
    EXPECT_EQ(killed.wait()->describe(), "signal 9 (Killed)");
}

TEST(Process, reports_what_cannot_be_started) {
    net::io_context context;
    ProcessOptions options;
    options.arguments = {"/no/such/browser"};
    EXPECT_EQ(Process::spawn(context.get_executor(), options).error(), boost::system::errc::no_such_file_or_directory);
    options.arguments = {"/etc/passwd"};
    EXPECT_EQ(Process::spawn(context.get_executor(), options).error(), boost::system::errc::permission_denied);
    options.arguments = {"/bin/true"};
    options.folder = "/no/such/folder";
    EXPECT_EQ(Process::spawn(context.get_executor(), options).error(), boost::system::errc::no_such_file_or_directory);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a failed start leaves no zombie";
}

TEST(Process, passes_the_environment_and_folder_that_were_asked_for_and_no_more) {
    ::setenv("BMC_SECRET", "must not be seen", 1);
    ProcessOptions options;
    options.environment = {"GREETING=hello"};
    options.folder = "/usr";
    Shell shell;
    ASSERT_FALSE(shell.start("/usr/bin/env; pwd", options));
    const auto text = shell.read();
    EXPECT_NE(text.find("GREETING=hello"), std::string::npos);
    EXPECT_EQ(text.find("BMC_SECRET"), std::string::npos);
    EXPECT_NE(text.find("\n/usr\n"), std::string::npos);
    EXPECT_TRUE(shell.wait()->success());
}

TEST(Process, passes_descriptors_under_their_numbers_and_no_others) {
    // Sources and targets cross: our 3 and 4 (if they are that) may be wanted as 4 and 3. One of ours lacks CLOEXEC.
    int first[2];
    int second[2];
    ASSERT_EQ(::pipe(first), 0);
    ASSERT_EQ(::pipe(second), 0);
    ProcessOptions options;
    options.descriptors = {{3, second[1]}, {4, first[1]}};
    Shell shell;
    ASSERT_FALSE(shell.start("echo three >&3; echo four >&4; ls /proc/self/fd | tr '\\n' ' '", options));
    char text[16] = {};
    EXPECT_EQ(::read(second[0], text, sizeof text), 6);
    EXPECT_STREQ(text, "three\n");
    char other[16] = {};
    EXPECT_EQ(::read(first[0], other, sizeof other), 5);
    EXPECT_STREQ(other, "four\n");
    EXPECT_EQ(shell.read(), "0 1 2 3 4 5 ") << "5 is ls's own";
    EXPECT_TRUE(shell.wait()->success());
    for (const int fd : {first[0], first[1], second[0], second[1]}) ::close(fd);
}

TEST(Process, begins_with_signals_as_usual) {
    struct sigaction before {};
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &before);
    Shell shell;
    ASSERT_FALSE(shell.start("grep -E 'Sig(Blk|Ign)' /proc/self/status"));
    const auto text = shell.read();
    EXPECT_NE(text.find("SigBlk:\t0000000000000000"), std::string::npos) << text;
    EXPECT_NE(text.find("SigIgn:\t0000000000000000"), std::string::npos) << text;
    EXPECT_TRUE(shell.wait()->success());
    ::sigaction(SIGPIPE, &before, nullptr);
}

TEST(Process, has_ended_where_nobody_can_say_how) {
    struct sigaction before {};
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGCHLD, &ignore, &before);  // as somebody may have started us: the kernel then reaps for us
    Shell shell;
    ProcessOptions watched_first;
    watched_first.before_exec = [](pid_t) {};
    ASSERT_FALSE(shell.start("exit 3", std::move(watched_first)));
    EXPECT_EQ(shell.wait()->code, lost_status);
    ::sigaction(SIGCHLD, &before, nullptr);
}

TEST(Process, a_group_whose_members_have_all_ended_lives_no_more) {
    Shell shell;
    ASSERT_FALSE(shell.start("sleep 1000 >/dev/null & echo $!"));
    const auto child = std::stoi(shell.read());
    ASSERT_TRUE(shell.wait()->success());
    EXPECT_TRUE(shell.child->group_lives());
    ::kill(child, SIGKILL);
    ASSERT_TRUE(ends_within(child, 5s));
    EXPECT_FALSE(shell.child->group_lives()) << "reaped or not";
}

TEST(Process, wait_can_be_cancelled_and_taken_up_again) {
    Shell shell;
    ASSERT_FALSE(shell.start("read line < /dev/null; exec sleep 30"));
    net::co_spawn(
        shell.context,
        [&]() -> awaitable<void> {
            const auto executor = co_await net::this_coro::executor;
            Timer timer(executor, 50ms);
            auto won = co_await (shell.child->wait() || timer.async_wait(no_throw));
            EXPECT_EQ(won.index(), 1U);
            shell.child->signal(SIGTERM);
            const auto ended = co_await shell.child->wait();
            EXPECT_EQ(ended->describe(), "signal 15 (Terminated)");
        },
        rethrow);
    shell.context.run();
}

TEST(Process, its_destruction_kills_the_whole_group_and_reaps) {
    pid_t grandchild = 0;
    pid_t pid = 0;
    {
        Shell shell;
        ASSERT_FALSE(shell.start("sleep 300 & echo $!; wait"));
        grandchild = std::stoi(shell.read("\n"));
        pid = shell.child->pid();
        EXPECT_FALSE(ends_within(grandchild, 0ms));
    }
    EXPECT_TRUE(ends_within(pid, 0ms));
    EXPECT_TRUE(ends_within(grandchild, 2s));
    EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), -1);
}

TEST(Process, group_memory_counts_a_group) {
    Shell shell;
    ASSERT_FALSE(shell.start("echo x; read line; true"));
    shell.read("\n");
    EXPECT_GT(group_memory(::getpgrp()), 100000U);
    shell.wait();
}

TEST(Process, dies_with_its_parent_even_when_stopped) {
    // A parent of its own: it spawns a child that asks for the death signal, says its pid, and is killed itself.
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t parent = ::fork();
    if (parent == 0) {
        net::io_context context;
        ProcessOptions options;
        options.arguments = {"/bin/sleep", "300"};
        options.death_signal = SIGKILL;
        auto child = Process::spawn(context.get_executor(), options);
        const pid_t pid = child ? child->pid() : -1;
        [[maybe_unused]] const auto n = ::write(ends[1], &pid, sizeof pid);
        ::pause();
        ::_exit(0);
    }
    pid_t child = -1;
    ASSERT_EQ(::read(ends[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
    ASSERT_GT(child, 0);
    ::kill(child, SIGSTOP);
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
    EXPECT_TRUE(ends_within(child, 2s));
    ::close(ends[0]);
    ::close(ends[1]);
}

}  // namespace
}  // namespace platform
