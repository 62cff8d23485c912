#include "platform/core/public_key.hpp"

#include <algorithm>
#include <cstdint>

#include "platform/core/base64.hpp"

namespace platform {
namespace {

constexpr std::size_t length_bytes = 4;

void append_openssh_text(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < length_bytes; ++i) {
        out += static_cast<char>(text.size() >> 8 * (length_bytes - 1 - i) & 255);
    }
    out += text;
}

}  // namespace

std::optional<PublicKey> public_key_of(std::string_view bytes) {
    if (bytes.size() != PublicKey::size) return std::nullopt;
    PublicKey key;
    std::copy(bytes.begin(), bytes.end(), key.bytes.begin());
    return key;
}

std::string openssh_blob(const PublicKey& key) {
    std::string blob;
    append_openssh_text(blob, ed25519_type);
    append_openssh_text(blob, key.view());
    return blob;
}

std::optional<PublicKey> from_openssh_blob(std::string_view blob) {
    OpensshReader reader{blob};
    const auto type = reader.text();
    const auto bytes = reader.text();
    if (type != ed25519_type || !bytes || !reader.rest().empty()) return std::nullopt;
    return public_key_of(*bytes);
}

std::string openssh_line(const PublicKey& key, std::string_view name) {
    std::string line{ed25519_type};
    line.append(1, ' ').append(base64(openssh_blob(key)));
    if (!name.empty()) line.append(1, ' ').append(name);
    return line;
}

std::optional<std::uint32_t> OpensshReader::number() noexcept {
    if (rest_.size() < length_bytes) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) value = value << 8 | static_cast<unsigned char>(rest_[i]);
    rest_.remove_prefix(length_bytes);
    return value;
}

std::optional<std::string_view> OpensshReader::text() noexcept {
    const auto size = number();
    if (!size || *size > rest_.size()) return std::nullopt;
    const std::string_view text = rest_.substr(0, *size);
    rest_.remove_prefix(*size);
    return text;
}

}  // namespace platform
