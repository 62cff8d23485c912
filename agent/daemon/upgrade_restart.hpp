// SIGUSR2, which the package's upgrade sends: the service manager shall start the new program when nobody uses this
// one. Thread rule: the loop's thread. Lifetime: the process's; all it is made with outlives it.
#pragma once

#include <boost/asio/signal_set.hpp>
#include <optional>

#include "agent/config/config.hpp"
#include "agent/daemon/core/patient_restart.hpp"
#include "agent/daemon/link_state.hpp"
#include "platform/net.hpp"

namespace agent::daemon {

/// The agent that is to be started anew.
class Restartable {
  public:
    /// The wait has begun.
    virtual void on_restart_asked() = 0;
    /// Who uses it now. Nothing: it stands at its gate, where nobody can.
    virtual std::optional<Use> use() const = 0;
    virtual void stop() = 0;

  protected:
    ~Restartable() = default;
};

class UpgradeRestart {
  public:
    UpgradeRestart(net::any_io_executor executor, const config::UpgradeSettings& settings, const LinkState& state,
                   Restartable& agent);
    UpgradeRestart(const UpgradeRestart&) = delete;
    UpgradeRestart& operator=(const UpgradeRestart&) = delete;

    /// Waits for the signal, then for quiet, and stops the agent. Returns then, or after end().
    awaitable<void> run();
    void end();

  private:
    awaitable<void> wait_until_idle();

    const config::UpgradeSettings& settings_;
    const LinkState& state_;
    Restartable& agent_;
    net::signal_set asked_;
    platform::Timer look_;  // the next one whether the restart is due
};

}  // namespace agent::daemon
