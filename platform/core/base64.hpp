// Base64 as RFC 4648 has it, by OpenSSL; up to 1.5 GiB of bytes. Pure, so that cores may use it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace platform {

/// RFC 4648 section 4, with padding.
std::string base64(std::string_view bytes);
/// Takes text without padding too.
std::optional<std::string> from_base64(std::string_view text);

/// RFC 4648 section 5, without padding; the decoder takes padding too.
std::string base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace platform
