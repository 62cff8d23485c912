// The one-shot commands: pair, unpair, status and their like.
#pragma once

#include <optional>

#include "agent/arguments.hpp"
#include "agent/credentials/credential.hpp"
#include "agent/service/exit_code.hpp"

namespace commands {

service::Exit run(const arguments::Parsed& parsed, const service::Config& config);

/// The token's text from where the arguments say (or the service manager); else `problem` says why not.
Result<credentials::Secret> fetch_token(const arguments::Parsed& parsed, std::string& problem);

/// --ephemeral: a credential from the token that was handed in, kept in memory alone. The running agent is its proof.
service::Exit pair_in_memory(const arguments::Parsed& parsed, const service::Config& config,
                             std::optional<credentials::Credential>& out, bool& made_row);

/// Deletes the row of the device that an ephemeral agent made, as well as it can.
void delete_row(const service::Config& config, const credentials::Credential& credential);

}  // namespace commands
