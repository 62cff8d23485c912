#include "platform/sealed.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "platform/key_certificate.hpp"
#include "platform/tls_session.hpp"

namespace platform {
namespace {

constexpr std::size_t read_bytes = std::size_t{16} * 1024;

void sealed_must(bool done) {
    if (!done) std::abort();  // OpenSSL is broken: no memory, no provider
}

struct FreeSsl {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};

/// The alerts of a side that does not take a key.
bool refuses_our_key(int reason) {
    return reason == SSL_R_TLSV1_ALERT_UNKNOWN_CA || reason == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE ||
           reason == SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN || reason == SSL_R_TLSV1_ALERT_ACCESS_DENIED ||
           reason == SSL_R_TLSV1_ALERT_INTERNAL_ERROR;
}

/// ALPN's list of one protocol.
std::string one_protocol(const std::string& binding) {
    sealed_must(!binding.empty() && binding.size() <= SealedConnection::max_binding);
    return static_cast<char>(binding.size()) + binding;
}

}  // namespace

struct SealedConnection::Impl {
    Impl(const SealedParty& party, Opening how);

    static Impl& of(const SSL* ssl) { return *static_cast<Impl*>(SSL_get_app_data(ssl)); }
    static int on_certificate(X509_STORE_CTX* store, void*);
    static int on_protocols(SSL* ssl, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                            unsigned offered_size, void*);
    static int on_session(SSL* ssl, SSL_SESSION* session);
    static int on_ticket(SSL* ssl, void*);

    bool judge(const std::optional<PublicKey>& key);
    void shake_hands();
    bool agreed();
    bool takes_peer();
    void read(std::string& plain);
    void seal_now(std::string_view plain);
    void fail(Failure why, std::string text);
    void explain_failure();

    SealedRole role;
    Opening opening;
    std::unique_ptr<SSL, FreeSsl> ssl;
    BIO* in = nullptr;   // owned by ssl
    BIO* out = nullptr;  // likewise
    State state = State::handshake;
    Failure failure = Failure::none;
    std::string sentence;
    std::optional<PublicKey> peer;
    std::string waiting;  // plain text until the handshake is done
    Secret session;
    std::uint64_t since_rekey = 0;
    bool closing = false;
};

SealedConnection::Impl::Impl(const SealedParty& party, Opening how) : role{party.role()}, opening{std::move(how)} {
    SSL_CTX* const context = party.native();  // the functions are the same for all connections
    SSL_CTX_set_cert_verify_callback(context, on_certificate, nullptr);
    SSL_CTX_set_alpn_select_cb(context, on_protocols, nullptr);
    SSL_CTX_sess_set_new_cb(context, on_session);
    sealed_must(SSL_CTX_set_session_ticket_cb(context, on_ticket, nullptr, nullptr) == 1);
    ssl.reset(SSL_new(context));
    in = BIO_new(BIO_s_mem());
    out = BIO_new(BIO_s_mem());
    sealed_must(ssl != nullptr && in != nullptr && out != nullptr);
    SSL_set_bio(ssl.get(), in, out);
    SSL_set_app_data(ssl.get(), this);
    if (role == SealedRole::agent) {
        SSL_set_accept_state(ssl.get());
        return;
    }
    SSL_set_connect_state(ssl.get());
    const std::string protocol = one_protocol(opening.binding);
    sealed_must(SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(protocol.data()),
                                    static_cast<unsigned>(protocol.size())) == 0);
    offer_session(*ssl, std::exchange(opening.session, {}));
}

/// In place of OpenSSL's own verification: no chain, no names, no dates. The agent takes any key until it is proved:
/// somebody who shows a key that is not his learns nothing about whether it is listed.
int SealedConnection::Impl::on_certificate(X509_STORE_CTX* store, void*) {
    const auto* const ssl =
        static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    Impl& self = of(ssl);
    const auto key = key_in(X509_STORE_CTX_get0_cert(store));
    if (self.role == SealedRole::agent) self.peer = key;
    if (self.role == SealedRole::agent ? key.has_value() : self.judge(key)) return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

int SealedConnection::Impl::on_protocols(SSL* ssl, const unsigned char** chosen, unsigned char* size,
                                         const unsigned char* offered, unsigned offered_size, void*) {
    const Impl& self = of(ssl);
    const std::string_view list{reinterpret_cast<const char*>(offered), offered_size};
    if (list != one_protocol(self.opening.binding)) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = offered + 1;
    *size = offered[0];
    return SSL_TLSEXT_ERR_OK;
}

int SealedConnection::Impl::on_session(SSL* ssl, SSL_SESSION* session) {
    Secret bytes = session_bytes(*session);
    if (!bytes.empty()) of(ssl).session = std::move(bytes);
    return 0;  // the session itself is not kept
}

/// The agent makes its ticket when the other side's key was proved. Where that is not taken it makes none, which ends
/// the handshake with an alert.
int SealedConnection::Impl::on_ticket(SSL* ssl, void*) {
    return of(ssl).takes_peer() ? 1 : 0;
}

bool SealedConnection::Impl::judge(const std::optional<PublicKey>& key) {
    peer = key;
    return key && opening.takes && opening.takes(*key);
}

void SealedConnection::Impl::fail(Failure why, std::string text) {
    if (state == State::failed) return;
    state = State::failed;
    failure = why;
    sentence = std::move(text);
    cleanse(waiting);
}

/// Asked right after OpenSSL has failed. Its queue has the oldest error first.
void SealedConnection::Impl::explain_failure() {
    const unsigned long code = ERR_peek_error();
    const char* const text = code != 0 ? ERR_reason_error_string(code) : nullptr;
    const std::string reason = text != nullptr ? text : "unexpected end";
    ERR_clear_error();
    if (ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        if (!peer) return fail(Failure::handshake, "The other side has shown no Ed25519 key.");
        return fail(Failure::not_trusted, "The key " + fingerprint(*peer) + " is not one that is taken.");
    }
    if (refuses_our_key(ERR_GET_REASON(code))) {
        return fail(Failure::refused, "The other side does not take this side's key.");
    }
    if (state == State::handshake) return fail(Failure::handshake, "The handshake failed: " + reason + '.');
    fail(Failure::record, "A sealed record was changed, or is not the next one: " + reason + '.');
}

void SealedConnection::Impl::shake_hands() {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl.get());
    if (done != 1) {
        if (SSL_get_error(ssl.get(), done) != SSL_ERROR_WANT_READ) explain_failure();
        return;
    }
    if (!agreed()) return;
    state = State::open;
    std::string first = std::exchange(waiting, {});
    if (!first.empty()) seal_now(first);
    cleanse(first);
    if (closing) SSL_shutdown(ssl.get());
}

/// What OpenSSL does not ask in each handshake: whether the key that was proved is taken, and whether the other side
/// has named a binding at all.
bool SealedConnection::Impl::agreed() {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl.get(), &chosen, &size);
    if (std::string_view{reinterpret_cast<const char*>(chosen), size} != opening.binding) {
        fail(Failure::handshake, "The other side means another device, or another request.");
        return false;
    }
    return takes_peer();
}

bool SealedConnection::Impl::takes_peer() {
    if (judge(key_in(SSL_get0_peer_certificate(ssl.get())))) return true;
    const std::string_view how = SSL_session_reused(ssl.get()) == 1 ? "taken any more." : "one that is taken.";
    fail(Failure::not_trusted, peer ? "The key " + fingerprint(*peer) + " is not " + std::string{how}
                                    : std::string{"The other side has shown no Ed25519 key."});
    return false;
}

void SealedConnection::Impl::read(std::string& plain) {
    std::array<char, read_bytes> piece;
    while (state == State::open) {
        ERR_clear_error();
        std::size_t size = 0;
        const int got = SSL_read_ex(ssl.get(), piece.data(), piece.size(), &size);
        if (got == 1) {
            plain.append(piece.data(), size);
            continue;
        }
        const int why = SSL_get_error(ssl.get(), got);
        if (why == SSL_ERROR_WANT_READ) break;
        if (why == SSL_ERROR_ZERO_RETURN) {
            state = State::closed;
            break;
        }
        explain_failure();
    }
    OPENSSL_cleanse(piece.data(), piece.size());
}

void SealedConnection::Impl::seal_now(std::string_view plain) {
    ERR_clear_error();
    since_rekey += plain.size();
    if (since_rekey >= opening.rekey_after) {
        since_rekey = 0;
        if (SSL_key_update(ssl.get(), SSL_KEY_UPDATE_NOT_REQUESTED) != 1) return explain_failure();
    }
    std::size_t written = 0;
    if (SSL_write_ex(ssl.get(), plain.data(), plain.size(), &written) != 1) explain_failure();
}

SealedConnection::SealedConnection(const SealedParty& party, Opening opening)
    : impl_{std::make_unique<Impl>(party, std::move(opening))} {
    if (party.role() == SealedRole::controller) impl_->shake_hands();
}
SealedConnection::~SealedConnection() {
    cleanse(impl_->waiting);
}

std::string SealedConnection::feed(std::string_view records) {
    std::string plain;
    if (impl_->state == State::failed || impl_->state == State::closed) return plain;
    std::size_t written = 0;
    if (!records.empty()) sealed_must(BIO_write_ex(impl_->in, records.data(), records.size(), &written) == 1);
    if (impl_->state == State::handshake) impl_->shake_hands();
    impl_->read(plain);
    return plain;
}

void SealedConnection::write(std::string_view plain) {
    if (plain.empty() || impl_->closing) return;
    if (impl_->state == State::handshake) impl_->waiting += plain;
    // The other side may hear what it has asked before it said all.
    if (impl_->state == State::open || impl_->state == State::closed) impl_->seal_now(plain);
}

void SealedConnection::close() {
    if (std::exchange(impl_->closing, true) || impl_->state != State::open) return;
    ERR_clear_error();
    SSL_shutdown(impl_->ssl.get());
}

std::string SealedConnection::take_records() {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(impl_->out, &bytes);
    std::string records{bytes, static_cast<std::size_t>(size)};
    (void)BIO_reset(impl_->out);
    return records;
}

SealedConnection::State SealedConnection::state() const noexcept {
    return impl_->state;
}
SealedConnection::Failure SealedConnection::failure() const noexcept {
    return impl_->failure;
}
const std::string& SealedConnection::sentence() const noexcept {
    return impl_->sentence;
}
const std::optional<PublicKey>& SealedConnection::peer() const noexcept {
    return impl_->peer;
}
bool SealedConnection::resumed() const noexcept {
    return SSL_session_reused(impl_->ssl.get()) == 1;
}
Secret SealedConnection::take_session() {
    return std::exchange(impl_->session, {});
}
std::size_t SealedConnection::bytes() const noexcept {
    return impl_->waiting.size() + BIO_ctrl_pending(impl_->out);
}

}  // namespace platform
