// A TLS session as bytes, so that a later connection can resume it. A secret: who has it can pass for this side.
// Thread rule: any thread.
#pragma once

#include <openssl/ssl.h>

#include <string_view>

#include "platform/secret.hpp"

namespace platform {

/// Empty: OpenSSL has no bytes for it.
Secret session_bytes(SSL_SESSION& session);

/// Before the handshake of a client: what session_bytes() gave. What cannot be read is left out, and the handshake is a
/// full one.
void offer_session(SSL& ssl, std::string_view bytes);

}  // namespace platform
