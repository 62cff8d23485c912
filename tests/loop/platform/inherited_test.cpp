// What a process inherits and must not depend on: each look is in a separate child.
#include "platform/process/inherited.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace platform {
namespace {

/// What the look says in a fork of this process; no exit handler runs there.
int in_a_child(const std::function<int()>& look) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(look());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool is_default(int number) {
    struct sigaction action {};
    ::sigaction(number, nullptr, &action);
    return action.sa_handler == SIG_DFL;
}

TEST(Inherited, SignalsHaveTheirUsualEffectAgain) {
    EXPECT_EQ(in_a_child([] {
                  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGUSR1, SIGPIPE}) ::signal(number, SIG_IGN);
                  sigset_t all;
                  ::sigfillset(&all);
                  ::sigprocmask(SIG_SETMASK, &all, nullptr);
                  shed_inherited();
                  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGUSR1, SIGPIPE}) {
                      if (!is_default(number)) return number;
                  }
                  sigset_t left;
                  ::sigprocmask(SIG_SETMASK, nullptr, &left);
                  return ::sigisemptyset(&left) == 1 ? 0 : 99;
              }),
              0);
}

TEST(Inherited, AHangUpStaysIgnoredWhereItWas) {
    for (const bool ignored : {true, false}) {
        EXPECT_EQ(in_a_child([ignored] {
                      ::signal(SIGHUP, ignored ? SIG_IGN : SIG_DFL);
                      shed_inherited();
                      return ignores_hang_up() == ignored && is_default(SIGHUP) != ignored ? 0 : 1;
                  }),
                  0)
            << ignored;
    }
}

TEST(Inherited, FilesMayBeAsManyAsTheHardLimitSays) {
    EXPECT_EQ(in_a_child([] {
                  rlimit files{};
                  ::getrlimit(RLIMIT_NOFILE, &files);
                  const auto hard = files.rlim_max;
                  files.rlim_cur = 64;
                  ::setrlimit(RLIMIT_NOFILE, &files);
                  if (open_files_limit() != 64) return 1;
                  shed_inherited();
                  return open_files_limit() == hard ? 0 : 2;
              }),
              0);
}

TEST(Inherited, AProcessOfASessionWithoutATerminalHasNone) {
    EXPECT_EQ(in_a_child([] {
                  ::setsid();
                  return has_terminal() ? 1 : 0;
              }),
              0);
}

TEST(Inherited, OnlyTheFirstProcessOfAContainerIsItsInit) {
    EXPECT_EQ(in_a_child([] {
                  const pid_t before = ::getpid();
                  be_init_where_first();
                  return ::getpid() == before && ::waitpid(-1, nullptr, WNOHANG) == -1 ? 0 : 1;
              }),
              0);
}

}  // namespace
}  // namespace platform
