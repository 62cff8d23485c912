// bind() for the credentials of this machine: what else is known of them, and keeping where they belong.
#pragma once

#include <string>

#include "agent/credentials/store.hpp"
#include "agent/pairing/binding.hpp"
#include "agent/pairing/token_input.hpp"

namespace pairing {

/// For a credential of the store. `keep`: a binding that is made here is written down.
Binding bind_stored(const config::Config& config, credentials::Store& store, credentials::Credential& credential,
                    bool keep);

/// For a token that others put on this machine (a file, the service manager), or that a person hands in. `source` says
/// which: "the token in FILE". Likewise.
Binding bind_outside(const config::Config& config, const std::string& source, credentials::Credential& credential,
                     bool keep);

/// Why a token that is handed in for a pairing must not go to the backend that `config` describes, nor to its login
/// server; empty: it may.
std::string why_not_there(const config::Config& config, const pairing::TokenInput& token);

}  // namespace pairing
