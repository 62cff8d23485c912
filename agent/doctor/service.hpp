// What the running agent says of itself: one line about the service, and its health where that line does not say it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agent/doctor/finding.hpp"

namespace doctor {

/// `status`: null where no agent runs. `out_of_reach`: why the one that runs could not be asked; empty: it was.
Finding look_at_service(const nlohmann::json* status, const std::string& out_of_reach);

/// One line a cause of its trouble that the lines about the service and its twins do not tell; at least one line.
std::vector<Finding> look_at_health(const nlohmann::json* status);

}  // namespace doctor
