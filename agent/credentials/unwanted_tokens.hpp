// Tokens that came when nobody wanted them any more: after an unpairing, or for another pairing. They are revoked.
// Thread rule: the loop's thread.
#pragma once

#include <functional>
#include <vector>

#include "agent/credentials/credential.hpp"
#include "agent/credentials/grant.hpp"
#include "platform/net.hpp"

namespace credentials {

class UnwantedTokens {
  public:
    /// Empty: they are dropped.
    void set_revoke(Revoke revoke) { revoke_ = std::move(revoke); }

    /// `asked`: with what the grant was asked for.
    void add(const RefreshGrant& asked, Grant grant);

    bool empty() const noexcept { return unwanted_.empty(); }

    /// Those that are here, and those that come meanwhile. One that the server does not revoke is reported, once.
    awaitable<void> revoke_all();

  private:
    Revoke revoke_;
    std::vector<RefreshGrant> unwanted_;
};

}  // namespace credentials
