// What a token endpoint gives, and how it is asked and told.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "agent/credentials/credential.hpp"
#include "platform/core/result.hpp"
#include "platform/net.hpp"

namespace credentials {

/// What a token endpoint answered.
struct Grant {
    Secret access_token;
    std::optional<Secret> refresh_token;  // rotated; absent: the old one stays
    std::optional<std::chrono::seconds> expires_in;
};

/// Asks for the next token. Errors: Errc::refused (pair again), Errc::unreachable (again later). The reference outlives
/// it.
using Fetch = std::function<awaitable<Result<Grant>>(const RefreshGrant&)>;

/// Tells the server that a token is not wanted any more (RFC 7009).
using Revoke = std::function<awaitable<Error>(const RefreshGrant&)>;

}  // namespace credentials
