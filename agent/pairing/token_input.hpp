// A token that somebody hands in without a login: by standard input, a file or the service manager.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/credentials/credential.hpp"

namespace pairing {

using credentials::Secret;

/// A token that lives shorter than this is of no use to a daemon that cannot refresh it.
inline constexpr std::chrono::hours shortest_lasting{24};

enum class TokenKind : std::uint8_t {
    device,   // belongs to one device
    user,     // belongs to a person
    refresh,  // a refresh token with its client: the access token is fetched with it
    opaque,   // says nothing about itself
};

struct TokenInput {
    TokenKind kind = TokenKind::opaque;
    Secret access_token;  // may be empty for TokenKind::refresh
    Secret api_key;
    std::optional<credentials::RefreshGrant> refresh;
    std::optional<credentials::WallTime> expires_at;
    std::string device_uuid;  // which the token names; empty where none
    std::string account;      // whose it is, for people
};

struct TokenProblem {
    std::string what;  // a sentence with the remedy
};

/// Either a bare token, or a JSON object with `access_token` and/or `refresh_token`, `client_id`, `token_url`, and
/// optionally `api_key`, `revocation_url`, `resource`.
std::optional<TokenProblem> read_token(std::string_view text, TokenInput& out);

/// "a user token of a@example.org, valid until 2026-11-24 19:00 UTC (for 23 h)"
std::string describe(const TokenInput& token, credentials::WallTime now);

/// Why the token cannot be used from `now` on, or nothing. `ephemeral`: it need not last.
std::optional<TokenProblem> judge_life(const TokenInput& token, credentials::WallTime now, bool ephemeral);

/// "2026-11-24 19:00 UTC"
std::string when_text(credentials::WallTime time);

}  // namespace pairing
