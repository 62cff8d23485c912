// The credential that others put on this machine as a token: a file that the configuration names, or the service
// manager's.
#pragma once

#include <string>

#include "agent/credentials/credential.hpp"
#include "agent/pairing/store_settings.hpp"
#include "platform/core/result.hpp"

namespace pairing {

/// Reads it. `device`: the one that the command line names, for a token that names none; empty: none is named. Where it
/// cannot be used `problem` becomes the sentence that says why.
Result<credentials::Credential> load_outside(const OutsideToken& where, const credentials::Store& store,
                                             const std::string& device, std::string& problem);

}  // namespace pairing
