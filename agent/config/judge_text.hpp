// What is wrong with texts of the configuration, as far as it can be told by looking at them. Pure. Each function
// returns a sentence's end, which begins with a verb and stands behind the setting's name; empty: nothing is wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace config {

/// A public key, as it travels in an address and a header.
std::string what_is_wrong_with_key(const std::string& key);

/// One of the browser's arguments.
std::string what_is_wrong_with_argument(const std::string& argument);

/// One of the browser's variables, "NAME=value".
std::string what_is_wrong_with_variable(const std::string& variable);

/// A pattern of addresses (policy.allow_urls).
std::string what_is_wrong_with_url_pattern(const std::string& pattern);

/// The value of a variable in "NAME=value" lines; empty: it is not there, or empty.
std::string_view value_in(const std::vector<std::string>& environment, std::string_view name);

}  // namespace config
