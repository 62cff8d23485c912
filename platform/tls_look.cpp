#include "platform/tls_look.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
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

std::string address_text(const ASN1_OCTET_STRING* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
    if (family == AF_INET6 && ASN1_STRING_length(address) != 16) return {};
    const char* shown = ::inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size());
    return shown == nullptr ? std::string{} : std::string{shown};
}

/// The hosts of the extension for alternative names.
std::string print_hosts(const X509* certificate) {
    const auto free_names = [](GENERAL_NAMES* all) { GENERAL_NAMES_free(all); };
    const std::unique_ptr<GENERAL_NAMES, decltype(free_names)> names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)), free_names);
    std::string all;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        std::string text;
        if (name->type == GEN_DNS) {
            text.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                        static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
        } else if (name->type == GEN_IPADD) {
            text = address_text(name->d.iPAddress);
        }
        if (!text.empty()) all.append(all.empty() ? "" : ", ").append(text);
    }
    return all;
}

/// Of the pointers to where a certificate is written down. Those below are OpenSSL's users' own (curl, Asio).
int peer_of_ssl() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}
int peer_of_context() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

/// Notes the certificate and changes nothing of the judgement.
int note_certificate(int judged, X509_STORE_CTX* store) {
    const int index = SSL_get_ex_data_X509_STORE_CTX_idx();
    auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, index));
    auto* peer = static_cast<TlsPeer*>(SSL_get_ex_data(ssl, peer_of_ssl()));
    if (peer == nullptr) peer = static_cast<TlsPeer*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), peer_of_context()));
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
    peer.names = print_hosts(certificate);
    peer.issuer = print_name(X509_get_issuer_name(certificate));
    peer.not_after = print_time(X509_get0_notAfter(certificate));
    return peer;
}

void note_peer(SSL* ssl, TlsPeer& into) {
    SSL_set_ex_data(ssl, peer_of_ssl(), &into);
    SSL_set_verify(ssl, SSL_VERIFY_PEER, note_certificate);
}

void note_peer(SSL_CTX* context, TlsPeer& into) {
    SSL_CTX_set_ex_data(context, peer_of_context(), &into);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, note_certificate);
}

TlsLook look_at_tls(int socket, const std::string& host, const TlsContext& context, Duration limit) {
    TlsLook look;
    const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context.native()), SSL_free);
    if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return {TlsErrc::failed, {}};
    note_peer(ssl.get(), look.peer);
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
