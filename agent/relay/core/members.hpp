// The members of a JSON object by their decoded keys, and how often each stands there: what decides must not stand
// twice, since nobody knows which of the two the browser takes.
#pragma once

#include <string_view>

namespace relay {

/// The outcome of looking for one member.
enum class Found : unsigned char { none, one, repeated };

/// Finds a member of an object by its decoded key; `value` is the last one's JSON text. `object` may be empty.
Found find_member(std::string_view object, std::string_view name, std::string_view& value);

}  // namespace relay
