// The form in which TLS carries an Ed25519 key: a certificate that the key has signed itself. Pure: the same key always
// gives the same bytes. Its dates are as wide as they can be, and nobody looks at them.
#pragma once

#include <memory>
#include <optional>

#include "platform/core/public_key.hpp"
#include "platform/ed25519.hpp"

using X509 = struct x509_st;

namespace platform {

struct FreeKeyCertificate {
    void operator()(X509* certificate) const noexcept;
};
using KeyCertificate = std::unique_ptr<X509, FreeKeyCertificate>;

KeyCertificate certificate_of(const KeyPair& key);

/// Nothing: there is no certificate, or it carries no Ed25519 key.
std::optional<PublicKey> key_in(X509* certificate);

}  // namespace platform
