#include "platform/ed25519.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "platform/crypto.hpp"

namespace platform {
namespace {

constexpr std::string_view openssh_begin = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view openssh_end = "-----END OPENSSH PRIVATE KEY-----";
constexpr std::string_view openssh_magic{"openssh-key-v1\0", 15};
constexpr std::size_t seed_bytes = 32;

class KeyCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "key"; }
    std::string message(int code) const override {
        switch (static_cast<KeyErrc>(code)) {
            case KeyErrc::no_key:
                return "it holds no private key (PEM or OpenSSH's format)";
            case KeyErrc::encrypted:
                return "a passphrase protects the key";
            case KeyErrc::other_type:
                return "the key is no Ed25519 key";
            case KeyErrc::damaged:
                return "the key is damaged";
        }
        return "unknown";
    }
};

/// OpenSSL failed with sound arguments: no memory, no provider.
template <class T>
T* must_be_there(T* made) {
    if (made == nullptr) std::abort();
    return made;
}

struct FreeBio {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

PublicKey public_half(EVP_PKEY* key) {
    PublicKey half;
    std::size_t size = half.bytes.size();
    if (EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(half.bytes.data()), &size) != 1) std::abort();
    return half;
}

/// No key with a passphrase is read: asked for one, this says that there is none, and notes that it was asked.
int note_asked(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

/// The base64 between the two lines of OpenSSH's format; empty: there is none.
std::string openssh_body(std::string_view text) {
    const std::size_t begin = text.find(openssh_begin);
    const std::size_t end = text.find(openssh_end);
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
    std::string body;
    body.reserve(end - begin);
    for (const char c : text.substr(begin + openssh_begin.size(), end - begin - openssh_begin.size())) {
        if (c != '\n' && c != '\r') body += c;
    }
    return body;
}

/// The seed in the private part of an unencrypted key; empty: it is damaged. `other`: it is of another type.
std::string_view openssh_seed(std::string_view part, bool& other) {
    OpensshReader reader{part};
    const auto check = reader.number();
    const auto again = reader.number();
    const auto type = reader.text();
    if (!check || check != again || !type) return {};
    other = *type != ed25519_type;
    const auto half = reader.text();
    const auto both = reader.text();  // the seed, and the public key once more
    if (other || !half || !both || both->size() != seed_bytes + PublicKey::size) return {};
    return both->substr(seed_bytes) == *half ? both->substr(0, seed_bytes) : std::string_view{};
}

}  // namespace

Error make_error_code(KeyErrc errc) noexcept {
    static const KeyCategory category;
    return {static_cast<int>(errc), category};
}

std::string fingerprint(const PublicKey& key) {
    std::string text = base64(sha256(openssh_blob(key)));
    while (text.ends_with('=')) text.pop_back();
    return "SHA256:" + text;
}

KeyPair::KeyPair(std::shared_ptr<EVP_PKEY> key) : key_{std::move(key)}, public_{public_half(key_.get())} {}

Result<KeyPair> KeyPair::of(EVP_PKEY* key) {
    std::shared_ptr<EVP_PKEY> held{key, EVP_PKEY_free};
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) return KeyErrc::other_type;
    return KeyPair{std::move(held)};
}

KeyPair KeyPair::make() {
    auto made = of(must_be_there(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")));
    return std::move(*made);
}

Result<KeyPair> KeyPair::read(std::string_view text) {
    if (text.find(openssh_begin) != std::string_view::npos) return read_openssh(text);
    return read_pem(text);
}

Result<KeyPair> KeyPair::read_pem(std::string_view text) {
    if (text.find("-----BEGIN ") == std::string_view::npos) return KeyErrc::no_key;
    const Bio bio{must_be_there(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())))};
    bool asked = false;
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(bio.get(), nullptr, note_asked, &asked);
    ERR_clear_error();
    if (key != nullptr) return of(key);
    if (asked) return KeyErrc::encrypted;
    return text.find("PRIVATE KEY-----") == std::string_view::npos ? KeyErrc::no_key : KeyErrc::damaged;
}

Result<KeyPair> KeyPair::read_openssh(std::string_view text) {
    const Secret body{openssh_body(text)};
    auto decoded = from_base64(body.reveal());
    if (!decoded) return KeyErrc::damaged;
    const Secret bytes{std::move(*decoded)};
    if (!bytes.reveal().starts_with(openssh_magic)) return KeyErrc::damaged;
    OpensshReader reader{bytes.reveal().substr(openssh_magic.size())};
    const auto cipher = reader.text();
    const auto kdf = reader.text();
    const auto kdf_options = reader.text();
    if (!cipher || !kdf || !kdf_options) return KeyErrc::damaged;
    if (*cipher != "none" || *kdf != "none") return KeyErrc::encrypted;
    const auto count = reader.number();
    const auto half = reader.text();
    const auto part = reader.text();
    if (count != 1u || !half || !part) return KeyErrc::damaged;
    bool other = false;
    const std::string_view seed = openssh_seed(*part, other);
    if (seed.empty()) return other ? KeyErrc::other_type : KeyErrc::damaged;
    return of(must_be_there(EVP_PKEY_new_raw_private_key(
        EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(seed.data()), seed.size())));
}

Secret KeyPair::to_pem() const {
    const Bio bio{must_be_there(BIO_new(BIO_s_secmem()))};
    if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) std::abort();
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return Secret{std::string_view{text, static_cast<std::size_t>(size)}};
}

}  // namespace platform
