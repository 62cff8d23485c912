// The policy as the command line sees it: what it would say to a command.
#pragma once

#include <string>
#include <vector>

#include "agent/config/config.hpp"
#include "agent/control/exit_code.hpp"

namespace cli::policy_command {

/// `agent --policy-check METHOD [PARAMS]`: prints the judgement, and that of a running agent where it differs: that one
/// may have been started with other options. Exit::ok when the command would pass, Exit::policy_refuses when it would
/// not.
control::Exit run(const config::Config& config, const std::vector<std::string>& words);

}  // namespace cli::policy_command
