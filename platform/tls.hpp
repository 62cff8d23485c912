// TLS to the outside: one client context made of the policy, verification that can't be turned off, and errors that say
// in a sentence what is wrong with a certificate.
#pragma once

#include <boost/system/error_code.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <type_traits>

#include "platform/core/result.hpp"
#include "platform/net_options.hpp"

using SSL_CTX = struct ssl_ctx_st;
using SSL = struct ssl_st;

namespace platform {

enum class TlsErrc {
    expired = 1,       // the certificate's time is over
    not_yet_valid,     // its time has not begun
    wrong_host,        // it is for other names
    unknown_issuer,    // no authority we trust signed it
    self_signed,       // it signed itself
    revoked,           // its issuer took it back
    invalid,           // anything else that verification refused
    clock_wrong,       // this machine's clock is before the date of the build: no certificate can be judged
    protocol_version,  // the peer speaks nothing newer than TLS 1.1
    not_tls,           // what answered does not speak TLS at all
    failed,            // the handshake failed otherwise
    bad_ca_file,       // the configured authorities could not be read
    bad_ca_folder,
    no_system_store,  // this machine has no certificate authorities
};
const boost::system::error_category& tls_category() noexcept;
inline Error make_error_code(TlsErrc code) noexcept {
    return {static_cast<int>(code), tls_category()};
}

/// The client side's settings for all connections: TLS 1.2 or newer, peers verified against the system's authorities
/// and the configured ones. Cheap to make where the system has a hashed folder. Copies share one SSL_CTX, which OpenSSL
/// counts.
class TlsContext {
  public:
    static Result<TlsContext> make(const NetOptions& options);

    /// For code that hands it to Asio or curl. Owned by this object and its copies.
    SSL_CTX* native() const { return context_.get(); }

  private:
    explicit TlsContext(std::shared_ptr<SSL_CTX> context) : context_(std::move(context)) {}
    std::shared_ptr<SSL_CTX> context_;  // shared by the copies: OpenSSL contexts are reference counted themselves
};

/// The same policy for a context that somebody else made (curl's).
Error apply_tls_policy(SSL_CTX* context, const NetOptions& options);

/// Sets what `host` (a name or an IP address) must prove: SNI, and the names that the certificate may have.
Error expect_host(SSL* ssl, const std::string& host);

/// What a failed handshake means. `fallback` is the error that the I/O reported: it is kept where TLS is not to blame.
Error explain_handshake(const SSL* ssl, Error fallback);

/// What an X509_V_ERR_… code means. A certificate whose time is over, or has not begun, is judged by `now`: before the
/// day this program was built the clock is to blame.
Error explain_verification(long verify_result,
                           std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

/// What the peer proved, for status and doctor.
struct TlsPeer {
    std::string protocol;  // "TLSv1.3"
    std::string subject;
    std::string names = {};  // its hosts ("a.example, 10.0.0.1"); empty: it lists none
    std::string issuer;
    std::string not_after;
};
TlsPeer describe_peer(const SSL* ssl);

/// Has the handshakes of `ssl` (or of all connections of `context`) write down what the certificate says, also where it
/// is refused then. `into` outlives them. The peers are still verified.
void note_peer(SSL* ssl, TlsPeer& into);
void note_peer(SSL_CTX* context, TlsPeer& into);

}  // namespace platform

template <>
struct boost::system::is_error_code_enum<platform::TlsErrc> : std::true_type {};
