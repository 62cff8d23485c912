// Reading the configuration again: what a running agent can take over is taken over, the rest is named.
#pragma once

#include "agent/config/config.hpp"
#include "agent/control/control.hpp"
#include "agent/daemon/link_state.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace agent::daemon {

/// Who takes over what a reload has changed.
class ReloadListener {
  public:
    /// Who may drive the machine has been read again.
    virtual void on_trust() = 0;

  protected:
    ~ReloadListener() = default;
};

class Reload {
  public:
    /// `in_force` was read from `input` and is changed by run(). `files` reads.
    Reload(platform::Worker& files, config::Config& in_force, config::ConfigInput input, const LinkState& state,
           ReloadListener& listener)
        : files_{files}, in_force_{in_force}, input_{std::move(input)}, state_{state}, listener_{listener} {}

    /// With an error nothing is changed.
    awaitable<control::Answer> run();

  private:
    control::Answer take_over(config::Loaded loaded);

    platform::Worker& files_;
    config::Config& in_force_;
    config::ConfigInput input_;
    const LinkState& state_;
    ReloadListener& listener_;
};

}  // namespace agent::daemon
