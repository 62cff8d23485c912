#include "platform/tls_look.hpp"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <boost/asio/ssl/error.hpp>
#include <cerrno>
#include <memory>

#include "platform/net.hpp"

namespace platform {
namespace {

std::string print_name(const X509_NAME* name) {
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
    if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) < 0) return {};
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string print_time(const ASN1_TIME* time) {
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
    if (!out || ASN1_TIME_print_ex(out.get(), time, ASN1_DTFLGS_ISO8601) != 1) return {};
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

/// Notes the certificate and changes nothing of the judgement.
int note_certificate(int judged, X509_STORE_CTX* store) {
    const int index = SSL_get_ex_data_X509_STORE_CTX_idx();
    auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, index));
    auto* peer = static_cast<TlsPeer*>(SSL_get_ex_data(ssl, 0));
    const X509* certificate = X509_STORE_CTX_get0_cert(store);
    if (peer != nullptr && certificate != nullptr) *peer = describe_certificate(certificate);
    return judged;
}

/// The handshake blocks in reads and writes, each for at most so long.
void make_blocking(int socket, Duration limit) {
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) & ~O_NONBLOCK);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
    const timeval time{static_cast<time_t>(seconds), 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

}  // namespace

TlsPeer describe_certificate(const X509* certificate) {
    TlsPeer peer;
    peer.subject = print_name(X509_get_subject_name(certificate));
    peer.issuer = print_name(X509_get_issuer_name(certificate));
    peer.not_after = print_time(X509_get0_notAfter(certificate));
    return peer;
}

TlsLook look_at_tls(int socket, const std::string& host, const TlsContext& context, Duration limit) {
    TlsLook look;
    const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context.native()), SSL_free);
    if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return {TlsErrc::failed, {}};
    SSL_set_ex_data(ssl.get(), 0, &look.peer);
    SSL_set_verify(ssl.get(), SSL_VERIFY_PEER, note_certificate);
    if (const Error ec = expect_host(ssl.get(), host)) return {ec, {}};
    make_blocking(socket, limit);
    ERR_clear_error();
    errno = 0;
    if (SSL_connect(ssl.get()) == 1) {
        look.peer.protocol = SSL_get_version(ssl.get());
        return look;
    }
    const auto code = ERR_get_error();
    Error cause = code != 0 ? Error(static_cast<int>(code), net::error::get_ssl_category()) : Error(TlsErrc::failed);
    if (code == 0 && errno == EAGAIN) cause = net::error::timed_out;
    look.error = explain_handshake(ssl.get(), cause);
    return look;
}

}  // namespace platform
