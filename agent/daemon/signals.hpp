// The signals of people and service managers: SIGINT, SIGTERM and SIGHUP stop or reload, SIGUSR1 turns the log up and
// back.
// Thread rule: the loop's thread. Lifetime: the process's; all it is made with outlives it.
#pragma once

#include <boost/asio/signal_set.hpp>

#include "agent/config/config.hpp"
#include "agent/daemon/core/signal_meaning.hpp"
#include "platform/net.hpp"

namespace agent::daemon {

/// The agent that the signals are for.
class SignalTarget {
  public:
    virtual void on_reload_signal() = 0;
    virtual void on_stop_signal(int number) = 0;
    /// The second one: the process ends right after this.
    virtual void on_kill_signal(int number) = 0;

  protected:
    ~SignalTarget() = default;
};

class Signals {
  public:
    /// `is_step`: the agent runs the command of --exec.
    Signals(const net::any_io_executor& executor, const config::LogSettings& log, bool is_step, SignalTarget& target);
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    /// Until end().
    awaitable<void> follow_stops();
    awaitable<void> follow_log_level();
    void end();

  private:
    const config::LogSettings& log_;
    const bool is_step_;
    SignalTarget& target_;
    net::signal_set stops_;
    net::signal_set louder_;
    StopSignals meanings_;
};

}  // namespace agent::daemon
