#include "platform/key_certificate.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdlib>

namespace platform {

void FreeKeyCertificate::operator()(X509* certificate) const noexcept {
    X509_free(certificate);
}

KeyCertificate certificate_of(const KeyPair& key) {
    KeyCertificate made{X509_new()};
    if (made == nullptr) std::abort();
    X509_NAME* const name = X509_get_subject_name(made.get());
    const auto* const text = reinterpret_cast<const unsigned char*>("bmc-agent");
    const bool done = X509_set_version(made.get(), X509_VERSION_3) == 1 &&
                      ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1) == 1 &&
                      ASN1_TIME_set_string_X509(X509_getm_notBefore(made.get()), "19700101000000Z") == 1 &&
                      ASN1_TIME_set_string_X509(X509_getm_notAfter(made.get()), "99991231235959Z") == 1 &&
                      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1 &&
                      X509_set_issuer_name(made.get(), name) == 1 && X509_set_pubkey(made.get(), key.native()) == 1 &&
                      X509_sign(made.get(), key.native(), nullptr) > 0;
    if (!done) std::abort();  // OpenSSL is broken: no memory, no provider
    return made;
}

std::optional<PublicKey> key_in(X509* certificate) {
    EVP_PKEY* const key = certificate != nullptr ? X509_get0_pubkey(certificate) : nullptr;
    if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) return std::nullopt;
    PublicKey out;
    std::size_t size = out.bytes.size();
    auto* const bytes = reinterpret_cast<unsigned char*>(out.bytes.data());
    if (EVP_PKEY_get_raw_public_key(key, bytes, &size) != 1 || size != PublicKey::size) return std::nullopt;
    return out;
}

}  // namespace platform
