// `agent --devices`: the devices that the token may see, and which of them are online.
#pragma once

#include "agent/cli/arguments.hpp"
#include "agent/control/exit_code.hpp"

namespace cli::devices_command {

control::Exit run(const arguments::Devices& wished, const config::Config& config, bool json);

}  // namespace cli::devices_command
