#include "platform/tls_session.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>

namespace platform {
namespace {

struct FreeSession {
    void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};

}  // namespace

Secret session_bytes(SSL_SESSION& session) {
    unsigned char* bytes = nullptr;
    const int size = i2d_SSL_SESSION(&session, &bytes);
    if (size <= 0) return {};
    const auto count = static_cast<std::size_t>(size);
    Secret kept{std::string_view{reinterpret_cast<const char*>(bytes), count}};
    OPENSSL_clear_free(bytes, count);
    return kept;
}

void offer_session(SSL& ssl, std::string_view bytes) {
    if (bytes.empty()) return;
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    const std::unique_ptr<SSL_SESSION, FreeSession> read{
        d2i_SSL_SESSION(nullptr, &at, static_cast<long>(bytes.size()))};
    if (read) SSL_set_session(&ssl, read.get());
    ERR_clear_error();
}

}  // namespace platform
