// Ed25519 keys by which agents and controllers know each other: made, read, written, and shown as OpenSSH shows them.
// Thread rule: any thread; one object at a time.
#pragma once

#include <boost/system/error_code.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "platform/core/public_key.hpp"
#include "platform/core/result.hpp"
#include "platform/secret.hpp"

using EVP_PKEY = struct evp_pkey_st;

namespace platform {

/// Why a text is no private key that can be used.
enum class KeyErrc {
    no_key = 1,  // neither PEM nor OpenSSH's format
    encrypted,   // a passphrase protects it
    other_type,  // a key, but not Ed25519
    damaged,     // the format is known, the content is broken
};
Error make_error_code(KeyErrc errc) noexcept;

/// `SHA256:` and the base64 of the hash of the OpenSSH form, without padding, as `ssh-keygen -l` prints it.
std::string fingerprint(const PublicKey& key);

/// A private key with its public half. Copies share OpenSSL's object, which counts them.
class KeyPair {
  public:
    /// A new one, from the system's generator.
    static KeyPair make();

    /// Reads an unencrypted key: `-----BEGIN PRIVATE KEY-----` (PKCS #8) or `-----BEGIN OPENSSH PRIVATE KEY-----`.
    static Result<KeyPair> read(std::string_view text);

    /// PKCS #8 in PEM.
    Secret to_pem() const;

    const PublicKey& public_key() const noexcept { return public_; }

    /// For code that hands it to OpenSSL. Owned by this object and its copies.
    EVP_PKEY* native() const noexcept { return key_.get(); }

  private:
    explicit KeyPair(std::shared_ptr<EVP_PKEY> key);
    static Result<KeyPair> of(EVP_PKEY* key);
    static Result<KeyPair> read_pem(std::string_view text);
    static Result<KeyPair> read_openssh(std::string_view text);

    std::shared_ptr<EVP_PKEY> key_;  // shared by the copies, which never change it
    PublicKey public_;
};

}  // namespace platform

template <>
struct boost::system::is_error_code_enum<platform::KeyErrc> : std::true_type {};
