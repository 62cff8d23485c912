// A step of CI: the command of `--exec`, with all that it starts. It has a process group, gets the signals that the
// agent gets, has a grace to end in, and leaves nothing behind: not when it ends, not when it is cancelled, not when
// the agent is killed. Thread rule: the loop's thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "platform/net.hpp"
#include "platform/process/group_guard.hpp"
#include "platform/process/keeper.hpp"

namespace agent::daemon {

class Step {
  public:
    /// From the first signal, or from the command's end, to the SIGKILL for what still runs of its group.
    static constexpr std::chrono::seconds grace{5};

    /// `environment` is the whole environment of the command, as "NAME=value".
    Step(net::any_io_executor executor, std::vector<std::string> command, std::vector<std::string> environment);
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

    /// Runs the command to its end, and that of its group. The exit code: the command's; 128 + the signal where one
    /// ended it, or where it was cancelled and ended well all the same; 127 where there is no such program, 126 where
    /// it cannot be executed.
    awaitable<int> run();

    /// Passes SIGINT, SIGTERM or SIGHUP on to the group, which has `grace` from now on. The second one is SIGKILL.
    void signal(int number);

    /// The command was executed, in run().
    bool started() const noexcept { return process_.has_value(); }

  private:
    bool start();
    awaitable<void> wait_for_end();
    awaitable<void> wait_for_group();
    void give_terminal(pid_t group);
    void take_terminal_back();
    void end_strays() const;

    net::any_io_executor executor_;
    std::vector<std::string> command_;
    std::vector<std::string> environment_;
    std::string entry_;  // in the environment of all that descends from the command
    std::optional<platform::GroupGuard> guard_;
    std::optional<platform::KeptProcess> process_;
    platform::Timer limit_;  // of the grace; never expires before it begins
    int code_ = 0;
    int signalled_ = 0;  // the first signal that was passed on; 0: none
    bool has_terminal_ = false;
};

}  // namespace agent::daemon
