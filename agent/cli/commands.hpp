// The one-shot commands: pair, unpair, status and their like.
#pragma once

#include "agent/cli/arguments.hpp"
#include "agent/control/exit_code.hpp"
#include "agent/credentials/credential.hpp"

namespace cli::commands {

control::Exit run(const arguments::Parsed& parsed, const config::Config& config);

/// Deletes the row of the device that an ephemeral agent made, as well as it can.
void delete_row(const config::Config& config, const credentials::Credential& credential);

}  // namespace cli::commands
