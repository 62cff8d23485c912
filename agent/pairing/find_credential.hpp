// Where this machine's credential is found: a token that others put here, else the store's own. The one place where
// that is decided, for the agent and for every command.
#pragma once

#include <optional>
#include <string>

#include "agent/config/config.hpp"
#include "agent/credentials/credential.hpp"
#include "agent/credentials/store.hpp"
#include "agent/pairing/binding.hpp"
#include "agent/pairing/store_settings.hpp"
#include "platform/core/result.hpp"

namespace pairing {

struct Found {
    /// Errors: of the store or of the file; Errc::damaged, Errc::refused_token of a token that cannot be used.
    Result<credentials::Credential> credential;
    std::optional<OutsideToken> outside;  // where others put it; nothing: it is the store's
    std::string problem;                  // why a token from outside cannot be used: a sentence with the remedy
};

/// For which device a token from outside is wanted.
struct WantedDevice {
    std::string named = {};  // by the command line: wins over the token's; empty: none is named
    bool needed = true;      // else one is made up for a token that names none
};

Found find_credential(const config::Config& config, credentials::Store& store, const WantedDevice& device);

/// The token from outside alone: it is read again when a fresh one is wanted.
Found read_outside_token(const OutsideToken& where, const credentials::Store& store, const WantedDevice& device);

/// "the token in FILE"; empty for the store's.
std::string source_of(const std::optional<OutsideToken>& outside);

/// Where what was found may go. `keep`: a binding that is made here is written down.
Binding bind_found(const config::Config& config, credentials::Store& store, credentials::Credential& credential,
                   const std::optional<OutsideToken>& outside, bool keep);

}  // namespace pairing
