// The one-shot commands: pair, unpair, status and their like.
#pragma once

#include "agent/cli/arguments.hpp"
#include "agent/control/exit_code.hpp"
#include "agent/credentials/credential.hpp"

namespace commands {

service::Exit run(const arguments::Parsed& parsed, const service::Config& config);

/// Deletes the row of the device that an ephemeral agent made, as well as it can.
void delete_row(const service::Config& config, const credentials::Credential& credential);

}  // namespace commands
