// Percent coding of addresses and forms (RFC 3986).
#pragma once

#include <string>
#include <string_view>

namespace platform {

/// All but RFC 3986's unreserved characters as %XX.
std::string percent_encode(std::string_view text);

/// Of a form or a query: a plus is a space. The rest stays unchanged.
std::string percent_decode(std::string_view text);

}  // namespace platform
