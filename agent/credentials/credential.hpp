// What a paired device holds: its identity, its bearer token, and how to get the next one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/credentials/backend.hpp"
#include "agent/credentials/token_claims.hpp"
#include "platform/core/result.hpp"
#include "platform/secret.hpp"

namespace credentials {

using platform::Secret;

/// How a token that runs out is replaced (RFC 6749, section 6).
struct RefreshGrant {
    Secret token;
    std::string client_id;
    std::string token_url;
    std::string revocation_url = {};  // RFC 7009; empty where the server offers none
    std::string resource = {};        // RFC 8707 resource indicator sent along; empty for none
};

/// Where a credential came from: at a wipe we remember the hash of a token that is not ours to erase.
enum class Origin : std::uint8_t {
    stored,     // our own store
    file,       // --token-file: read again when it changes
    systemd,    // $CREDENTIALS_DIRECTORY/bmc-token
    ephemeral,  // --ephemeral: in memory alone
};

/// How another token comes in place of one from there, for sentences: "pair again (agent --pair)".
std::string_view how_to_renew(Origin origin) noexcept;

struct Credential {
    std::string device_uuid;  // lower case, "6f1c…-…"
    std::string device_name;
    Secret access_token;  // a JWT as far as we know; never parsed for trust
    Secret api_key;       // the project's public key; empty: the token serves as key too
    std::optional<RefreshGrant> refresh;
    std::optional<WallTime> expires_at;  // from the token's `exp`, else from `expires_in`
    WallTime paired_at{};                // by the server's Date + 1 s: no replayed `unpair` from before it counts
    std::string account = {};            // who owns the device, for people; empty where unknown
    Origin origin = Origin::stored;
    std::string pairing_id = {};  // which pairing this is; made by the store where empty, kept over refreshes
    Backend backend = {};         // where it may be sent; unknown until pairing::bind() has looked at it

    Credential clone() const;
};

/// Lower-cases a UUID of the usual 8-4-4-4-12 form; nothing when it is not one.
std::optional<std::string> normalise_uuid(std::string_view text);

/// A random (version 4) UUID.
std::string make_uuid();

}  // namespace credentials
