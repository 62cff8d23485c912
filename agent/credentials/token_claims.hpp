// What a token (a JWT, RFC 7519) says about itself: when it expires (`exp`), whose it is, what it is for.
// Thread rule: any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace credentials {

/// Wall-clock times of tokens (the JWT's `exp`, RFC 7519: seconds since 1970, UTC).
using WallTime = std::chrono::sys_seconds;

/// What a JWT says about itself, read without verifying: for messages, expiry and checks before use; never for trust.
struct TokenClaims {
    std::optional<WallTime> expires;
    std::string role, subject, issuer, email;
    std::string device_uuid;  // of a device token
    std::string project;      // of a hosted project's key (`ref`)
};
/// Nothing: it is no JWT.
std::optional<TokenClaims> claims_of(std::string_view jwt);

}  // namespace credentials
