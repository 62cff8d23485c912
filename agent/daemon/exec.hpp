// `agent --exec CMD`, a step of CI: the command begins when the channel is joined, and the agent ends with it and its
// exit code.
// Thread rule: the loop's thread. Lifetime: the process's; all it is made with outlives it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/control/exit_code.hpp"
#include "agent/credentials/tokens.hpp"
#include "agent/daemon/link_state.hpp"
#include "agent/daemon/step.hpp"
#include "platform/net.hpp"

namespace agent::daemon {

struct ExecSettings {
    std::vector<std::string> command;  // empty: there is none, and nothing here happens
    Duration join_timeout = std::chrono::seconds{60};
    std::function<void()> command_ran = [] {};  // it could be started: standard output was the command's alone
    std::string control_socket;                 // for the command's environment
};

/// The agent that the step runs in.
class StepOwner {
  public:
    virtual void stop() = 0;

  protected:
    ~StepOwner() = default;
};

class Exec {
  public:
    Exec(net::any_io_executor executor, ExecSettings settings, const credentials::Tokens& tokens, LinkState& state,
         StepOwner& owner);
    Exec(const Exec&) = delete;
    Exec& operator=(const Exec&) = delete;

    /// Waits for the join, runs the command, stops the agent. Returns at once without a command.
    awaitable<void> run();

    /// A stop was asked for by that signal. True: the step runs and got it, and the agent stops when the step has
    /// ended.
    bool signal(int number);
    /// The agent stops.
    void end();

    bool running() const noexcept { return step_.has_value(); }

    /// The process's exit code.
    int code() const noexcept { return code_; }

  private:
    awaitable<bool> joined_in_time();
    bool ready() const;
    bool waits_in_vain() const;
    void give_up(control::Exit code);
    std::vector<std::string> environment() const;

    net::any_io_executor executor_;
    ExecSettings settings_;
    const credentials::Tokens& tokens_;
    LinkState& state_;
    StepOwner& owner_;
    std::optional<Step> step_;  // while the command runs
    int code_ = static_cast<int>(control::Exit::ok);
};

}  // namespace agent::daemon
