// `agent --browser-host`: runs a browser and offers it on a unix socket until SIGINT or SIGTERM.
#pragma once

#include "agent/config/config.hpp"

namespace cli::host_command {

/// Returns the process's exit code.
int run(const config::Config& config);

}  // namespace cli::host_command
