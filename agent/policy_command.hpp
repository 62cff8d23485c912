// The policy as the command line sees it: whether its settings can be read, and what it would say to a command.
#pragma once

#include <string>
#include <vector>

#include "agent/service/config.hpp"
#include "agent/service/exit_code.hpp"

namespace policy_command {

/// What is wrong with the policy's settings: a sentence that names the rule; empty when nothing is.
std::string what_is_wrong(const service::Config& config);

/// `agent --policy-check METHOD [PARAMS]`: prints the judgement. Exit::ok when the command would pass, Exit::refused
/// when it would not.
service::Exit run(const service::Config& config, const std::vector<std::string>& words);

}  // namespace policy_command
