// `agent --doctor` and `agent --support-bundle FILE`.
#pragma once

#include "agent/arguments.hpp"
#include "agent/service/config.hpp"

namespace doctor_command {

/// Returns the process's exit code: 0 when nothing failed.
int run(const arguments::Parsed& parsed, const service::Loaded& loaded);

}  // namespace doctor_command
