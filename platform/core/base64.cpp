#include "platform/core/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace platform {
namespace {

constexpr std::size_t group_digits = 4;
constexpr std::size_t group_bytes = 3;

const unsigned char* octets(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* octets(std::string& text) noexcept {
    return reinterpret_cast<unsigned char*>(text.data());
}

bool is_base64_digit(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

}  // namespace

std::string base64(std::string_view bytes) {
    const std::size_t size = (bytes.size() + group_bytes - 1) / group_bytes * group_digits;
    std::string text(size + 1, '\0');  // OpenSSL ends it with a zero
    EVP_EncodeBlock(octets(text), octets(bytes), static_cast<int>(bytes.size()));
    text.resize(size);
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    while (text.ends_with('=')) text.remove_suffix(1);
    if (text.empty()) return std::string{};
    const std::size_t over = text.size() % group_digits;
    if (over == 1) return std::nullopt;
    // OpenSSL reads '=' as a digit wherever it stands, and passes over blanks and '-' at the ends.
    if (text.find('=') != text.npos || !is_base64_digit(text.front()) || !is_base64_digit(text.back()))
        return std::nullopt;
    const std::size_t padding = over == 0 ? 0 : group_digits - over;
    const auto whole = std::string{text}.append(padding, '=');
    std::string bytes(whole.size() / group_digits * group_bytes, '\0');
    if (EVP_DecodeBlock(octets(bytes), octets(whole), static_cast<int>(whole.size())) < 0) return std::nullopt;
    bytes.resize(text.size() * group_bytes / group_digits);
    return bytes;
}

std::string base64url(std::string_view bytes) {
    auto text = base64(bytes);
    while (text.ends_with('=')) text.pop_back();
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
    if (text.find_first_of("+/") != std::string_view::npos) return std::nullopt;
    std::string plain(text);
    std::replace(plain.begin(), plain.end(), '-', '+');
    std::replace(plain.begin(), plain.end(), '_', '/');
    return from_base64(plain);
}

}  // namespace platform
