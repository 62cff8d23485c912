// Events of the channels that are no commands: one table says which hook runs and what the agent does itself. All other
// names are counted, and each of them is logged once (contract, section 2).
// Thread rule: the loop's thread.
#pragma once

#include <cstdint>

#include "agent/daemon/core/ignored_events.hpp"
#include "agent/daemon/health_listener.hpp"
#include "agent/daemon/link_state.hpp"
#include "agent/hooks/hooks.hpp"
#include "agent/realtime/supervisor.hpp"

namespace agent::daemon {

class ChannelEvents {
  public:
    ChannelEvents(hooks::Hooks& hooks, LinkState& state, HealthListener& health) noexcept
        : hooks_{hooks}, state_{state}, health_{health} {}

    /// Events of the device's own channel count, and no other ones.
    void on_broadcast(const realtime::Broadcast& broadcast);

    /// How many meant nothing to the agent, since the start.
    std::uint64_t ignored() const noexcept { return ignored_.count(); }

  private:
    void keep_message(std::string_view payload);

    hooks::Hooks& hooks_;
    LinkState& state_;
    HealthListener& health_;
    IgnoredEvents ignored_;
};

}  // namespace agent::daemon
