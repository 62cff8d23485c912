// How the report of a recording is written: for a person, or as JSON. Pure. The texts in it are those of the file:
// clean the lines before they reach a terminal.
#pragma once

#include <string>

#include "agent/bridge/core/replay.hpp"

namespace bridge {

/// Several lines, each with its end.
std::string write_replay_text(const ReplayReport& report);

/// One JSON object without line ends.
std::string write_replay_json(const ReplayReport& report);

}  // namespace bridge
