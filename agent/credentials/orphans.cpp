#include "agent/credentials/orphans.hpp"

#include <utility>

#include "platform/log/log.hpp"

namespace credentials {

void Orphans::add(const RefreshGrant& asked, Grant grant) {
    Secret token = grant.refresh_token ? std::move(*grant.refresh_token) : std::move(grant.access_token);
    orphans_.push_back({std::move(token), asked.client_id, asked.token_url, asked.revocation_url, asked.resource});
}

awaitable<void> Orphans::revoke_all() {
    while (!orphans_.empty()) {
        const RefreshGrant orphan = std::move(orphans_.back());
        orphans_.pop_back();
        if (!revoke_) continue;
        const Error ec = co_await revoke_(orphan);
        if (ec) platform::log::warning("a token that came after the unpairing was not revoked: {}", ec.message());
    }
}

}  // namespace credentials
