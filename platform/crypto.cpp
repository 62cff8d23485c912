#include "platform/crypto.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

namespace platform {
namespace {

constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

struct FreeCipher {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

/// A primitive that fails with sound arguments means that OpenSSL is broken (no memory, no provider).
void must(int ok) {
    if (ok != 1) std::abort();
}

}  // namespace

std::string sha256(std::string_view text) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(bytes_of(text), text.size(), bytes_of(digest));
    return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    unsigned size = 0;
    const auto* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
                            bytes_of(digest), &size);
    must(done != nullptr ? 1 : 0);
    return digest;
}

std::string hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

std::optional<std::string> from_hex(std::string_view text) {
    const auto digit = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    };
    if (text.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = digit(text[i]), low = digit(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    must(RAND_bytes(bytes_of(bytes), static_cast<int>(count)));
    return bytes;
}

std::string seal(std::string_view key, std::string_view text, std::string_view about) {
    const Cipher cipher(EVP_CIPHER_CTX_new());
    std::string out = random_bytes(nonce_bytes);
    out.resize(nonce_bytes + text.size() + tag_bytes);
    int size = 0;
    must(key.size() == seal_key_bytes ? 1 : 0);
    must(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(out)));
    must(EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes_of(about), static_cast<int>(about.size())));
    must(EVP_EncryptUpdate(cipher.get(), bytes_of(out) + nonce_bytes, &size, bytes_of(text),
                           static_cast<int>(text.size())));
    must(EVP_EncryptFinal_ex(cipher.get(), bytes_of(out) + nonce_bytes + text.size(), &size));
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, bytes_of(out) + nonce_bytes + text.size()));
    return out;
}

std::optional<Secret> unseal(std::string_view key, std::string_view sealed, std::string_view about) {
    if (key.size() != seal_key_bytes || sealed.size() < nonce_bytes + tag_bytes) return std::nullopt;
    const Cipher cipher(EVP_CIPHER_CTX_new());
    const auto body = sealed.substr(nonce_bytes, sealed.size() - nonce_bytes - tag_bytes);
    std::array<unsigned char, tag_bytes> tag{};
    std::copy_n(bytes_of(sealed.substr(sealed.size() - tag_bytes)), tag_bytes, tag.begin());
    std::string text(body.size(), '\0');
    int size = 0;
    must(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(sealed)));
    must(EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes_of(about), static_cast<int>(about.size())));
    must(EVP_DecryptUpdate(cipher.get(), bytes_of(text), &size, bytes_of(body), static_cast<int>(body.size())));
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()));
    if (EVP_DecryptFinal_ex(cipher.get(), bytes_of(text) + text.size(), &size) != 1) {
        cleanse(text);
        return std::nullopt;
    }
    return Secret(std::move(text));
}

}  // namespace platform
