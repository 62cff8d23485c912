// Whether a machine that is paired already needs another credential: for a play over a fleet, which says so each time
// and changes nothing where nothing is to be done.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "agent/credentials/credential.hpp"
#include "agent/pairing/token_input.hpp"

namespace pairing {

/// The longest time ahead for a renewal; a longer one is surely a slip.
inline constexpr std::chrono::hours longest_renew_before{24 * 3650};

/// How long the server is asked whether it still takes the stored credential.
inline constexpr std::chrono::seconds look_limit{15};

/// Why the credential is to be replaced, by its own words: it has run out, or ends within `before`. Empty: it is not,
/// or it is refreshed by itself.
std::string why_renew(const credentials::Credential& stored, std::optional<std::chrono::seconds> before,
                      credentials::WallTime now);

/// Goes on behind why_renew() where nobody handed in a token.
inline constexpr std::string_view no_new_token =
    ": hand in a new token by --token-file FILE, --token-stdin or the service manager's credential bmc-token";

/// Why the token that was handed in does not help: it is another device's, or ends no later than the stored credential.
/// Empty: it may.
std::string why_no_renewal(const credentials::Credential& stored, const TokenInput& token);

/// The token that was handed in is the stored one, which ends soon and has not ended: what to do before then. Empty: it
/// is another, or the stored one serves no more.
std::string why_unchanged(const credentials::Credential& stored, const TokenInput& token,
                          std::optional<std::chrono::seconds> before, credentials::WallTime now);

}  // namespace pairing
