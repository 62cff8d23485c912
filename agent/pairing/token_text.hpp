// The text of a token, checked before anything is sent: tools wrap, cut and name what they hand over.
#pragma once

#include <string>
#include <string_view>

namespace pairing {

/// Without what surrounds a token and does no harm: white space, a byte order mark, "Bearer ".
std::string_view bare_token(std::string_view text);

/// What is wrong with a token's text, with the remedy: its alphabet (RFC 6750's b68token), and a JWT's three parts;
/// empty when nothing is. Never repeats what may be a part of a token.
std::string what_is_wrong_with_token(std::string_view text);

}  // namespace pairing
