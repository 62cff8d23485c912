// What a local client may hand to the far browser: the text of one JSON object. Pure.
#pragma once

#include <string>
#include <string_view>

namespace bridge {

/// Empty: the message is one JSON object in valid UTF-8. Else what Chrome answers to a message that is not: an error
/// without an id.
std::string refusal_of(std::string_view message);

}  // namespace bridge
