// Health as it is shown: what agent/control/core/health decides about a report, as JSON and as lines. Its exit code is
// in exit_code.hpp.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agent/control/core/health.hpp"

namespace control {

struct Report;

Vitals vitals_of(const Report& report);

/// {"ok": true, "causes": []}; a cause has its name, sentence and remedy.
nlohmann::json health_json(const std::vector<Ailment>& ailments);

/// The causes in the JSON that an agent gave; null: it is of a release that told nothing of its health.
const nlohmann::json* causes_in(const nlohmann::json& status);

/// A line a cause, "sentence; remedy", of the JSON that an agent gave; one line where all is well. None where the agent
/// is of a release that told nothing of its health.
std::vector<std::string> health_lines(const nlohmann::json& status);

}  // namespace control
