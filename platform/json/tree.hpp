// JSON trees for pairing, REST, status, join replies and presence, without exceptions. Never between the two sockets:
// there json_slice hands on the bytes that came. A user of the tree includes <nlohmann/json.hpp> in its .cpp.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "platform/core/result.hpp"

namespace platform {

enum class JsonErrc {
    not_json = 1,  // the text is not JSON
};
Error make_error_code(JsonErrc errc) noexcept;

/// The whole text as a tree. Text behind it is an error, and so are more than max_json_depth levels.
Result<nlohmann::json> parse_json(std::string_view text);

/// The member of an object, or null where `value` is no object or has no such member.
const nlohmann::json* find(const nlohmann::json& value, std::string_view key) noexcept;

/// The member if it is there and of that type. A number with a fraction is no integer.
std::optional<std::string> get_string(const nlohmann::json& value, std::string_view key);
std::optional<std::int64_t> get_integer(const nlohmann::json& value, std::string_view key) noexcept;
std::optional<bool> get_bool(const nlohmann::json& value, std::string_view key) noexcept;

/// Compact text (or indented by `indent` >= 0 columns); bytes that are not UTF-8 become U+FFFD instead of an exception.
std::string to_text(const nlohmann::json& value, int indent = -1);

/// Cleanses every string of the tree, for trees that hold secrets.
void cleanse(nlohmann::json& value) noexcept;

}  // namespace platform

template <>
struct boost::system::is_error_code_enum<platform::JsonErrc> : std::true_type {};
