// What the sealed connections of one side have in common (platform/sealed.hpp): its key, and on the agent's side the
// keys of its tickets, which live in this object alone: another one resumes nothing. Thread rule: one thread for a
// party and all its connections.
#pragma once

#include <cstdint>
#include <memory>

#include "platform/core/public_key.hpp"
#include "platform/ed25519.hpp"

using SSL_CTX = struct ssl_ctx_st;

namespace platform {

enum class SealedRole : std::uint8_t {
    controller,  // begins: TLS's client
    agent,       // answers: TLS's server
};

class SealedParty {
  public:
    SealedParty(SealedRole role, const KeyPair& key);

    SealedRole role() const noexcept { return role_; }
    const PublicKey& public_key() const noexcept { return public_key_; }

    /// For SealedConnection. Owned by this object and its connections.
    SSL_CTX* native() const noexcept { return context_.get(); }

  private:
    SealedRole role_;
    PublicKey public_key_;
    std::shared_ptr<SSL_CTX> context_;  // shared by copies: OpenSSL counts its contexts itself
};

}  // namespace platform
