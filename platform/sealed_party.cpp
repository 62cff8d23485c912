#include "platform/sealed_party.hpp"

#include <openssl/ssl.h>

#include <cstdlib>

#include "platform/key_certificate.hpp"

namespace platform {
namespace {

constexpr std::size_t tickets_each = 1;  // for each connection: the next one needs no more
/// Who has a kept session can pass for the controller. Counted by the wall clock, and anew with each use: a resumed
/// connection gives a session for as long again, so this bounds only how long a stolen one may lie unused.
constexpr long session_seconds = 2 * 3600;

SSL_CTX* new_context(SealedRole role) {
    SSL_CTX* const made = SSL_CTX_new(role == SealedRole::agent ? TLS_server_method() : TLS_client_method());
    if (made == nullptr) std::abort();
    return made;
}

}  // namespace

SealedParty::SealedParty(SealedRole role, const KeyPair& key)
    : role_{role}, public_key_{key.public_key()}, context_{new_context(role), SSL_CTX_free} {
    SSL_CTX* const c = context_.get();
    const KeyCertificate certificate = certificate_of(key);
    const auto* const id = reinterpret_cast<const unsigned char*>("bmc-agent");
    constexpr unsigned id_bytes = 9;
    const bool done =
        SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION) == 1 &&
        SSL_CTX_set_max_proto_version(c, TLS1_3_VERSION) == 1 && SSL_CTX_set1_groups_list(c, "X25519") == 1 &&
        SSL_CTX_set1_sigalgs_list(c, "ed25519") == 1 && SSL_CTX_set1_client_sigalgs_list(c, "ed25519") == 1 &&
        SSL_CTX_use_certificate(c, certificate.get()) == 1 && SSL_CTX_use_PrivateKey(c, key.native()) == 1 &&
        SSL_CTX_set_session_id_context(c, id, id_bytes) == 1 && SSL_CTX_set_num_tickets(c, tickets_each) == 1;
    if (!done) std::abort();  // OpenSSL is broken: no memory, no provider
    SSL_CTX_set_timeout(c, session_seconds);
    SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_clear_options(c, SSL_OP_ENABLE_MIDDLEBOX_COMPAT);  // nobody on the way looks for TLS
    SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    // An agent's tickets hold all of a session; a controller is handed each session and keeps none here.
    SSL_CTX_set_session_cache_mode(
        c, role == SealedRole::agent ? SSL_SESS_CACHE_OFF : SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
}

}  // namespace platform
