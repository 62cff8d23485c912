// The user that a command writes the agent's files as.
#pragma once

#include <optional>

#include "agent/config/config.hpp"
#include "agent/control/exit_code.hpp"

namespace cli {

/// Switches this process to the user that owns the state folder (control::running::become_owner_of). Exit: that failed,
/// and the reason was printed.
std::optional<control::Exit> become_store_owner(const config::Config& config);

}  // namespace cli
