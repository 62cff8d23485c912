// The composition root: owns the loop, the store and the links, stands at the gate while there is no credential, serves
// while there is one, and stops in order. One App a process.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/credentials/credential.hpp"
#include "platform/core/time_point.hpp"

namespace config {
struct Config;
struct ConfigInput;
}  // namespace config

namespace agent::daemon {

/// What `agent` runs with besides its configuration: a step of CI.
struct AppExtras {
    std::optional<credentials::Credential> credential;  // kept in memory alone; without it the store's
    std::vector<std::string> command;                   // run once joined; the agent ends with it and its exit code
    Duration join_timeout = std::chrono::seconds{60};
    std::string device;                         // of a token file whose token names none
    std::function<void()> command_ran = [] {};  // it could be started: standard output was its own
};

class App {
  public:
    /// `input` is what `config` was read from: a reload reads it again.
    App(config::Config config, config::ConfigInput input, AppExtras extras = {});
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    /// Runs until SIGINT or SIGTERM; returns the process's exit code (agent/control/exit_code.hpp).
    int run();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace agent::daemon
