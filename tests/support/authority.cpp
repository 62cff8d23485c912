#include "tests/support/authority.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <stdexcept>

namespace tests {

namespace {

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Certificate = std::unique_ptr<X509, void (*)(X509*)>;
using Bio = std::unique_ptr<BIO, int (*)(BIO*)>;

void check(bool ok) {
    if (!ok) throw std::runtime_error("OpenSSL could not make a test certificate");
}

Key make_key() {
    Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    check(key != nullptr);
    return key;
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string to_pem(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()), BIO_free);
    check(PEM_write_bio_X509(bio.get(), certificate) == 1);
    return text_of(bio.get());
}

std::string to_pem(EVP_PKEY* key) {
    const Bio bio(BIO_new(BIO_s_mem()), BIO_free);
    check(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return text_of(bio.get());
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    check(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

void set_time(ASN1_TIME* time, std::chrono::seconds from_now) {
    const auto at = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + from_now);
    check(ASN1_TIME_set(time, at) != nullptr);
}

Certificate begin(EVP_PKEY* key, const std::string& name, const CertificateOptions& options) {
    static long serial = 1000;
    Certificate certificate(X509_new(), X509_free);
    check(X509_set_version(certificate.get(), 2) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
    set_time(X509_getm_notBefore(certificate.get()), options.valid_from);
    set_time(X509_getm_notAfter(certificate.get()), options.valid_to);
    check(X509_set_pubkey(certificate.get(), key) == 1);
    const auto* bytes = reinterpret_cast<const unsigned char*>(name.c_str());
    check(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8, bytes, -1, -1, 0) ==
          1);
    return certificate;
}

void finish(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
    check(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1);
    check(X509_sign(certificate, issuer_key, EVP_sha256()) > 0);
}

std::string alternative_names(const CertificateOptions& options) {
    std::string list;
    for (const std::string& name : options.names) list += (list.empty() ? "DNS:" : ",DNS:") + name;
    for (const std::string& address : options.addresses) list += (list.empty() ? "IP:" : ",IP:") + address;
    return list;
}

Identity make_identity(const CertificateOptions& options, X509* issuer, EVP_PKEY* issuer_key) {
    const Key key = make_key();
    const std::string name = options.names.empty() ? "test server" : options.names.front();
    const Certificate certificate = begin(key.get(), name, options);
    add_extension(certificate.get(), certificate.get(), NID_subject_alt_name, alternative_names(options));
    const bool own = issuer == nullptr;
    finish(certificate.get(), own ? certificate.get() : issuer, own ? key.get() : issuer_key);
    return {to_pem(certificate.get()), to_pem(key.get())};
}

}  // namespace

struct Authority::Impl {
    Key key = make_key();
    Certificate certificate{nullptr, X509_free};
};

Authority::Authority(const std::string& name) : impl_(std::make_unique<Impl>()) {
    impl_->certificate = begin(impl_->key.get(), name, {});
    X509* own = impl_->certificate.get();
    add_extension(own, own, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
    finish(own, own, impl_->key.get());
}

Authority::~Authority() = default;

std::string Authority::certificate() const {
    return to_pem(impl_->certificate.get());
}

Identity Authority::issue(const CertificateOptions& options) const {
    return make_identity(options, impl_->certificate.get(), impl_->key.get());
}

Identity Authority::self_signed(const CertificateOptions& options) {
    return make_identity(options, nullptr, nullptr);
}

std::string Authority::hashed_name() const {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%08lx.0", X509_subject_name_hash(impl_->certificate.get()));
    return text.data();
}

}  // namespace tests
