// `agent --config-check`: the settings in force with their origins, those that the pairing brings along among them.
#pragma once

#include <string>

#include "agent/config/config.hpp"
#include "agent/control/exit_code.hpp"

namespace cli::config_check {

/// `device`: the one that the command line names for a token of others; empty: none. bad_configuration where the agent
/// would not use its credential with these settings: the sentence says why.
control::Exit run(config::Loaded loaded, const std::string& device);

}  // namespace cli::config_check
