// What a configuration's policy says of a command, as the agent that runs with it would.
#pragma once

#include <string>

#include "agent/config/config.hpp"
#include "agent/relay/core/policy.hpp"

namespace agent::daemon {

/// `params` is JSON text, or empty.
relay::PolicyAnswer policy_answer(const config::Config& config, const std::string& method, const std::string& params);

}  // namespace agent::daemon
