#include "platform/process/inherited.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "platform/unique_fd.hpp"

namespace platform {
namespace {

bool is_ignored(int number) {
    struct sigaction action {};
    return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

/// Reaps all that has ended; the exit status of `child` once it is among them, else -1.
int reap(pid_t child) {
    int result = -1;
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == child) result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    return result;
}

[[noreturn]] void look_after(pid_t child, const sigset_t& all) {
    for (;;) {
        const int number = ::sigwaitinfo(&all, nullptr);
        if (number < 0) continue;
        if (number != SIGCHLD) {
            ::kill(child, number);
            continue;
        }
        // The kernel ends everything else of the container with us.
        if (const int status = reap(child); status >= 0) ::_exit(status);
    }
}

/// Both sides do this: the first one to come counts. A signal of the terminal then reaches the agent once.
void lead_group(pid_t child) {
    ::setpgid(child, child);
    if (::isatty(STDIN_FILENO) == 0) return;
    ::tcsetpgrp(STDIN_FILENO, child == 0 ? ::getpid() : child);
}

}  // namespace

void shed_inherited() {
    for (int number = 1; number < NSIG; ++number) {
        if (number == SIGHUP && is_ignored(number)) continue;
        std::signal(number, SIG_DFL);
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= files.rlim_max) return;
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

bool ignores_hang_up() {
    return is_ignored(SIGHUP);
}

bool has_terminal() {
    const UniqueFd terminal{::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)};
    return static_cast<bool>(terminal);
}

std::uint64_t open_files_limit() {
    rlimit files{};
    return ::getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur : 0;
}

void be_init_where_first() {
    if (::getpid() != 1) return;
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    std::signal(SIGCHLD, SIG_DFL);
    ::sigprocmask(SIG_SETMASK, &all, &before);  // SIGTTOU too, which handing the terminal over sends
    const pid_t child = ::fork();
    if (child > 0) {
        lead_group(child);
        look_after(child, all);
    }
    if (child == 0) lead_group(0);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace platform
