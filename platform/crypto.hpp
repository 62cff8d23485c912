// The few pieces of cryptography that this tree needs, on OpenSSL: hashes, random bytes, hex, sealing. Base64 is
// platform/core/base64.hpp.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "platform/core/base64.hpp"
#include "platform/core/result.hpp"
#include "platform/secret.hpp"

namespace platform {

/// Raw 32 bytes.
std::string sha256(std::string_view text);
std::string hmac_sha256(std::string_view key, std::string_view text);

std::string hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);

/// From the system's generator; a generator that fails ends the process, since nothing may go on with known bytes.
std::string random_bytes(std::size_t count);

inline constexpr std::size_t seal_key_bytes = 32;

/// AES-256-GCM: a random 12-byte nonce, the sealed text, the 16-byte tag. `about` is authenticated, not sealed.
std::string seal(std::string_view key, std::string_view text, std::string_view about);

/// Nothing when the key is another one or a byte was changed.
std::optional<Secret> unseal(std::string_view key, std::string_view sealed, std::string_view about);

}  // namespace platform
