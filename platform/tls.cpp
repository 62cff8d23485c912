#include "platform/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "platform/authorities.hpp"
#include "platform/net.hpp"
#include "platform/tls_look.hpp"
#include "platform/url.hpp"

namespace platform {

namespace {

namespace fs = std::filesystem;

class TlsCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "tls"; }
    std::string message(int value) const override {
        switch (static_cast<TlsErrc>(value)) {
            case TlsErrc::expired:
                return "The server's certificate has expired.";
            case TlsErrc::not_yet_valid:
                return "The server's certificate is not valid yet: compare this machine's clock.";
            case TlsErrc::wrong_host:
                return "The server's certificate is for another host name.";
            case TlsErrc::unknown_issuer:
                return "The server's certificate was issued by an authority that this machine does not trust. Behind a "
                       "TLS-inspecting proxy, name its authority's file in net.ca_file.";
            case TlsErrc::self_signed:
                return "The server's certificate is self-signed. If that is meant, name it in net.ca_file.";
            case TlsErrc::revoked:
                return "The server's certificate has been revoked.";
            case TlsErrc::invalid:
                return "The server's certificate did not pass verification.";
            case TlsErrc::clock_wrong:
                return "This machine's clock is wrong: it shows a date before this program was built, so no "
                       "certificate "
                       "can be judged. Set the clock.";
            case TlsErrc::protocol_version:
                return "The server speaks no TLS version that is safe (1.2 or newer).";
            case TlsErrc::not_tls:
                return "What answered does not speak TLS: the port or the proxy is wrong.";
            case TlsErrc::failed:
                return "The TLS handshake failed.";
            case TlsErrc::bad_ca_file:
                return "The configured file of certificate authorities can't be read as PEM.";
            case TlsErrc::bad_ca_folder:
                return "The configured folder of certificate authorities does not exist.";
            case TlsErrc::no_system_store:
                return "This machine has no certificate authorities: install the package ca-certificates.";
        }
        return "Unknown TLS error.";
    }
};

// Where systems keep the folder in which each authority is a file named by its hash: read on demand, one file each.
constexpr std::array system_folders{"/etc/ssl/certs", "/etc/pki/tls/certs", "/system/etc/security/cacerts"};
// Where they keep all authorities in one file, which costs 25 ms to load.
constexpr std::array system_bundles{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                    "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem"};

// SSL_CERT_DIR and SSL_CERT_FILE are OpenSSL's own way to say where the system's store is.
Error load_from_environment(SSL_CTX* context, bool& found) {
    const char* folder = std::getenv("SSL_CERT_DIR");
    const char* file = std::getenv("SSL_CERT_FILE");
    found = (folder && *folder) || (file && *file);
    if (!found) return {};
    return SSL_CTX_set_default_verify_paths(context) == 1 ? Error{} : TlsErrc::no_system_store;
}

Error load_system_store(SSL_CTX* context) {
    bool found = false;
    const Error ec = load_from_environment(context, found);
    if (found) return ec;
    for (const char* folder : system_folders) {
        if (is_hashed_folder(folder) && SSL_CTX_load_verify_dir(context, folder) == 1) return {};
    }
    for (const char* bundle : system_bundles) {
        if (SSL_CTX_load_verify_file(context, bundle) == 1) return {};
    }
    ERR_clear_error();
    return TlsErrc::no_system_store;
}

Error load_own_authorities(SSL_CTX* context, const NetOptions& options) {
    if (!options.ca_file.empty() && SSL_CTX_load_verify_file(context, options.ca_file.c_str()) != 1) {
        ERR_clear_error();
        return TlsErrc::bad_ca_file;
    }
    if (options.ca_folder.empty()) return {};
    std::error_code ec;
    // OpenSSL takes a folder that is not there without a word.
    if (!fs::is_directory(options.ca_folder, ec)) return TlsErrc::bad_ca_folder;
    return SSL_CTX_load_verify_dir(context, options.ca_folder.c_str()) == 1 ? Error{} : TlsErrc::bad_ca_folder;
}

// The day this file was compiled ("Nov  3 2026"; SOURCE_DATE_EPOCH is honoured by the compilers), less a day for time
// zones.
constexpr std::chrono::sys_days build_day() {
    constexpr std::string_view date = __DATE__;
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const auto digit = [](char c) { return c == ' ' ? 0 : c - '0'; };
    const auto month = static_cast<unsigned>(months.find(date.substr(0, 3)) / 3 + 1);
    const auto day = static_cast<unsigned>(digit(date[4]) * 10 + digit(date[5]));
    const int year = digit(date[7]) * 1000 + digit(date[8]) * 100 + digit(date[9]) * 10 + digit(date[10]);
    return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)} -
           std::chrono::days{1};
}

std::optional<TlsErrc> judge_time(long result) {
    switch (result) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CRL_HAS_EXPIRED:
            return TlsErrc::expired;
        case X509_V_ERR_CERT_NOT_YET_VALID:
        case X509_V_ERR_CRL_NOT_YET_VALID:
            return TlsErrc::not_yet_valid;
        default:
            return std::nullopt;
    }
}

}  // namespace

const boost::system::error_category& tls_category() noexcept {
    static const TlsCategory category;
    return category;
}

Error explain_verification(long result, std::chrono::system_clock::time_point now) {
    if (result == X509_V_OK) return {};
    if (const auto about_time = judge_time(result)) {
        if (now < build_day()) return TlsErrc::clock_wrong;
        return *about_time;
    }
    switch (result) {
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return TlsErrc::wrong_host;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_CERT_UNTRUSTED:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return TlsErrc::unknown_issuer;
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return TlsErrc::self_signed;
        case X509_V_ERR_CERT_REVOKED:
            return TlsErrc::revoked;
        default:
            return TlsErrc::invalid;
    }
}

Error explain_handshake(const SSL* ssl, Error fallback) {
    if (const long verified = SSL_get_verify_result(ssl); verified != X509_V_OK) return explain_verification(verified);
    if (fallback.category() == net::error::get_ssl_category()) {
        switch (ERR_GET_REASON(static_cast<unsigned long>(fallback.value()))) {
            case SSL_R_UNSUPPORTED_PROTOCOL:
            case SSL_R_NO_PROTOCOLS_AVAILABLE:
            case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
                return TlsErrc::protocol_version;
            case SSL_R_WRONG_VERSION_NUMBER:
            case SSL_R_HTTP_REQUEST:
            case SSL_R_PACKET_LENGTH_TOO_LONG:
                return TlsErrc::not_tls;
            default:
                return TlsErrc::failed;
        }
    }
    if (fallback == net::ssl::error::stream_truncated || fallback == net::error::eof) return TlsErrc::failed;
    return fallback;
}

Error apply_tls_policy(SSL_CTX* context, const NetOptions& options) {
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) return TlsErrc::failed;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    // Renegotiation and compression have no use here; tickets and sessions would only be kept.
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    // Gathered writes come from a buffer that may have moved when the same bytes are tried again.
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    const Error own = load_own_authorities(context, options);
    if (own) return own;
    const Error system = load_system_store(context);
    // With a configured authority, a machine without a store (a bare container) still works.
    const bool has_own = !options.ca_file.empty() || !options.ca_folder.empty();
    return has_own ? Error{} : system;
}

Result<TlsContext> TlsContext::make(const NetOptions& options) {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    if (!context) return make_error_code(boost::system::errc::not_enough_memory);
    const Error ec = apply_tls_policy(context.get(), options);
    if (ec) return ec;
    return TlsContext(std::move(context));
}

Error expect_host(SSL* ssl, const std::string& host) {
    X509_VERIFY_PARAM* param = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (is_address(host)) {
        // SNI is for names only (RFC 6066, 3).
        return X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1 ? Error{} : TlsErrc::failed;
    }
    if (X509_VERIFY_PARAM_set1_host(param, host.c_str(), host.size()) != 1) return TlsErrc::failed;
    // The macro for this hides an old-style cast.
    const long set =
        SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
    return set == 1 ? Error{} : TlsErrc::failed;
}

TlsPeer describe_peer(const SSL* ssl) {
    TlsPeer peer;
    const std::unique_ptr<X509, void (*)(X509*)> certificate(SSL_get1_peer_certificate(ssl), X509_free);
    if (certificate) peer = describe_certificate(certificate.get());
    peer.protocol = SSL_get_version(ssl);
    return peer;
}

}  // namespace platform
