// Health as it is shown: what agent/control/core/health decides about a report, as JSON, as lines and as an exit code.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agent/control/core/health.hpp"
#include "agent/control/exit_code.hpp"

namespace control {

struct Report;

Vitals vitals_of(const Report& report);

/// `--status` ends with it when that is the worst trouble.
Exit exit_of(Trouble trouble) noexcept;

/// {"ok": true, "causes": []}; a cause has its name, sentence and remedy.
nlohmann::json health_json(const std::vector<Ailment>& ailments);

/// A line a cause, "sentence; remedy", of the JSON that an agent gave; one line where all is well. None where the agent
/// is of a release that told nothing of its health.
std::vector<std::string> health_lines(const nlohmann::json& status);

}  // namespace control
