// What the agent shows of itself: one report of all its parts, as JSON, as metrics and as the service manager's line,
// which is written anew when something changes that health depends on.
// Thread rule: the loop's thread. Lifetime: the process's; all it is made with outlives it.
#pragma once

#include <string>
#include <vector>

#include "agent/config/config.hpp"
#include "agent/control/status.hpp"
#include "agent/credentials/tokens.hpp"
#include "agent/daemon/device_life.hpp"
#include "agent/daemon/gate.hpp"
#include "agent/daemon/link_state.hpp"
#include "agent/daemon/pausing.hpp"
#include "agent/hooks/hooks.hpp"
#include "platform/clock.hpp"
#include "platform/net.hpp"

namespace agent::daemon {

struct ReporterNeeds {
    const config::Config& config;
    credentials::Tokens& tokens;
    const hooks::Hooks& hooks;
    const Pausing& pausing;
    const Gate& gate;
    const DeviceLife& device;
    LinkState& state;
};

class Reporter final : public credentials::TokensListener {
  public:
    explicit Reporter(const ReporterNeeds& needs) noexcept : needs_{needs} {}

    std::string status() const { return write(&control::status_json); }
    std::string metrics() const { return write(&control::metrics_text); }

    /// An upgrade waits until nobody uses the agent: the line says so from now on.
    void restarts_when_idle();

    /// Writes the service manager's line while a device is served; the gate has its own.
    void show();
    void on_refresh() override { show(); }

    /// The same at the times at which a token begins to be a trouble: it runs out without a word. Returns on
    /// cancellation alone.
    awaitable<void> run();

  private:
    control::Report report() const;
    void add_trust(control::Report& shown) const;
    void add_token(control::Report& shown) const;
    std::vector<std::string> notices() const;
    std::string write(std::string (*form)(const control::Report&, TimePoint)) const;

    ReporterNeeds needs_;
    TimePoint started_ = platform::BootClock::now();
    bool restarts_when_idle_ = false;
};

}  // namespace agent::daemon
