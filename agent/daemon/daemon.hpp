// The composition root: owns the loop, the workers, the store and all the parts of the agent, stands at the gate while
// there is no credential, serves while there is one, and stops in order. One Daemon a process.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/config.hpp"
#include "agent/credentials/credential.hpp"
#include "agent/credentials/store.hpp"
#include "agent/credentials/tokens.hpp"
#include "agent/daemon/device_life.hpp"
#include "agent/daemon/exec.hpp"
#include "agent/daemon/gate.hpp"
#include "agent/daemon/health_listener.hpp"
#include "agent/daemon/leaver.hpp"
#include "agent/daemon/link_state.hpp"
#include "agent/daemon/pausing.hpp"
#include "agent/daemon/reporter.hpp"
#include "agent/daemon/requests.hpp"
#include "agent/daemon/signals.hpp"
#include "agent/daemon/upgrade_restart.hpp"
#include "agent/hooks/hooks.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace agent::daemon {

/// What `agent` runs with besides its configuration: a step of CI.
struct DaemonExtras {
    std::optional<credentials::Credential> credential;  // kept in memory alone; without it the store's
    std::vector<std::string> command;                   // run once joined; the agent ends with it and its exit code
    Duration join_timeout = std::chrono::seconds{60};
    std::string device;                         // of a token file whose token names none
    std::function<void()> command_ran = [] {};  // it could be started: standard output was its own
};

/// Threads for blocking work away from the loop.
struct Workers {
    platform::Worker network{"network"};
    platform::Worker files{"files"};
};

class Daemon final : private Leaver,
                     private HealthListener,
                     private Restartable,
                     private SignalTarget,
                     private StepOwner,
                     private PauseListener,
                     private ReloadListener {
  public:
    /// `input` is what `config` was read from: a reload reads it again.
    Daemon(config::Config config, config::ConfigInput input, DaemonExtras extras = {});
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    /// Runs until SIGINT or SIGTERM; returns the process's exit code (agent/control/exit_code.hpp).
    int run();

  private:
    bool serving() const override { return device_.serving(); }
    void leave(std::string reason) override { device_.leave(std::move(reason)); }
    void on_health() override { reporter_.show(); }
    void on_restart_asked() override { reporter_.restarts_when_idle(); }
    std::optional<Use> use() const override;
    void on_reload_signal() override;
    void on_stop_signal(int number) override;
    void on_kill_signal(int number) override { exec_.signal(number); }
    void on_pause() override { device_.apply_pause(); }
    void on_trust() override { device_.apply_trust(); }
    void stop() override;
    GateNeeds gate_needs(DaemonExtras& extras);
    DeviceLifeNeeds device_needs();
    RequestsNeeds requests_needs();
    ExecSettings exec_settings(DaemonExtras& extras) const;
    bool open_store();
    std::optional<credentials::Lock> take_lock();
    void start();
    awaitable<void> live();
    awaitable<void> serve(credentials::Credential credential);
    void end();

    config::Config config_;
    credentials::Store store_;  // outlives the worker that works with it
    net::io_context io_{1};
    Workers workers_;
    credentials::Tokens tokens_;
    hooks::Hooks hooks_;
    LinkState state_;
    Pausing pausing_;
    Gate gate_;
    DeviceLife device_;
    Reporter reporter_;
    Requests requests_;
    Signals signals_;
    UpgradeRestart restart_;
    Exec exec_;
};

}  // namespace agent::daemon
