// `agent --doctor` and `agent --support-bundle FILE`.
#pragma once

#include "agent/cli/arguments.hpp"
#include "agent/config/config.hpp"

namespace cli::doctor_command {

/// Returns the process's exit code: 0 when nothing failed.
int run_doctor(const config::Loaded& loaded, const std::string& device, bool json);

/// The file is opened as the caller, before the process becomes the service's user.
int write_bundle(const std::string& name, const config::Loaded& loaded);

}  // namespace cli::doctor_command
