// Whether a browser is found, starts, answers and has its sandbox: one is started for it, or the agent's is asked.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "agent/config/config.hpp"
#include "agent/doctor/report.hpp"
#include "platform/net.hpp"

namespace doctor {

class BrowserCheck {
  public:
    /// `status`: the running agent's; null: none runs. All of them outlive it.
    BrowserCheck(const config::Config& config, const nlohmann::json* status, Report& report)
        : config_(config), status_(status), report_(report) {}

    awaitable<void> run();

  private:
    bool profile_is_taken();
    cdp::Settings settings_of_trial() const;
    awaitable<void> try_browser();

    const config::Config& config_;
    const nlohmann::json* status_;
    Report& report_;
};

}  // namespace doctor
