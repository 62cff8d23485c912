// Reading the configuration again: what a running agent can take over is taken over, the rest is named.
#pragma once

#include "agent/config/config.hpp"
#include "agent/control/control.hpp"
#include "agent/daemon/link_state.hpp"

namespace agent::daemon {

class Reload {
  public:
    /// `in_force` was read from `input` and is changed by run().
    Reload(config::Config& in_force, config::ConfigInput input, const LinkState& state)
        : in_force_{in_force}, input_{std::move(input)}, state_{state} {}

    /// With an error nothing is changed.
    control::Answer run();

  private:
    control::Answer take_over();

    config::Config& in_force_;
    config::ConfigInput input_;
    const LinkState& state_;
};

}  // namespace agent::daemon
