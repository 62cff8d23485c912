// The managed policy for Chrome itself, which also stops what would get around the agent's own policy. The file of
// the browser's unit and the one that a launched browser finds are both written here.
#pragma once

#include <string>

#include "agent/relay/core/policy.hpp"

namespace relay {

/// The policy as JSON; empty in the profile `full`, which trusts all senders of commands. `allow_urls` becomes
/// exceptions: of a pattern what stands before its first `*`, since Chrome's patterns are beginnings.
std::string browser_policy(const Policy& policy);

}  // namespace relay
