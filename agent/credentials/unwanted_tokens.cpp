#include "agent/credentials/unwanted_tokens.hpp"

#include <utility>

#include "platform/log/log.hpp"

namespace credentials {

void UnwantedTokens::add(const RefreshGrant& asked, Grant grant) {
    Secret token = grant.refresh_token ? std::move(*grant.refresh_token) : std::move(grant.access_token);
    unwanted_.push_back({std::move(token), asked.client_id, asked.token_url, asked.revocation_url, asked.resource});
}

awaitable<void> UnwantedTokens::revoke_all() {
    while (!unwanted_.empty()) {
        const RefreshGrant orphan = std::move(unwanted_.back());
        unwanted_.pop_back();
        if (!revoke_) continue;
        const Error ec = co_await revoke_(orphan);
        if (ec) platform::log::warning("a token that came after the unpairing was not revoked: {}", ec.message());
    }
}

}  // namespace credentials
