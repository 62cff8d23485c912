// `agent --doctor` and `agent --support-bundle FILE`.
#pragma once

#include "agent/cli/arguments.hpp"
#include "agent/config/config.hpp"

namespace cli::doctor_command {

/// Returns the process's exit code: 0 when nothing failed.
int run(const arguments::Parsed& parsed, const config::Loaded& loaded);

}  // namespace cli::doctor_command
