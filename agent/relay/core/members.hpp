// The members of a JSON object. They are found by their decoded keys, with how often each stands there: what decides
// must not stand twice, since nobody knows which of the two the browser takes. And they are written, one by one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace relay {

/// The outcome of looking for one member.
enum class Found : unsigned char { none, one, repeated };

/// Finds a member of an object by its decoded key; `value` is the last one's JSON text. `object` may be empty.
Found find_member(std::string_view object, std::string_view name, std::string_view& value);

/// Append `"name":"text"` or `"name":number` to an object that is being written, with a comma where one is due. `out`
/// ends with the object's opening brace or with its last member.
void append_member(std::string& out, std::string_view name, std::string_view text);
void append_member(std::string& out, std::string_view name, std::uint64_t number);

}  // namespace relay
