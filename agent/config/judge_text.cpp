#include "agent/config/judge_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "platform/text.hpp"

namespace config {
namespace {

constexpr std::size_t quoted_bytes = 200;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// What tokens (RFC 6750) and keys are written with.
bool may_be_in_key(char c) {
    return is_letter(c) || is_digit(c) || std::string_view{"-._~+/="}.find(c) != std::string_view::npos;
}

std::string name_of_byte(char c) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) return "white space";
    if (c == '\'' || c == '"') return "a quote";
    if (static_cast<unsigned char>(c) >= 0x80) return "a byte outside of ASCII";
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "a control character";
    return fmt::format("'{}'", c);
}

/// Switches that the agent gives by itself, and the setting to use in their place.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> own_switches = {
    {{"--user-data-dir", "set browser.profile_folder instead"}, {"--remote-debugging-pipe", "leave it out"}}};

std::string quoted(const std::string& text) {
    return fmt::format("\"{}\"", platform::clean(text, quoted_bytes));
}

}  // namespace

std::string what_is_wrong_with_key(const std::string& key) {
    const auto wrong = std::find_if_not(key.begin(), key.end(), may_be_in_key);
    if (wrong == key.end()) return {};
    return fmt::format("holds {}, which no key has: copy it again from the project's settings", name_of_byte(*wrong));
}

std::string what_is_wrong_with_argument(const std::string& argument) {
    if (argument.empty()) return "holds an empty element";
    if (!argument.starts_with("--")) {
        const auto word = argument.substr(std::min(argument.find_first_not_of('-'), argument.size()));
        return fmt::format(
            "holds {}, which does not begin with -- and would be opened as a page: write --{}, or leave "
            "it out",
            quoted(argument), platform::clean(word, quoted_bytes));
    }
    if (argument.find(" --") != std::string::npos) {
        return fmt::format("holds {}, two arguments in one: give each its own element of the list", quoted(argument));
    }
    const auto name = argument.substr(0, argument.find('='));
    for (const auto& [own, instead] : own_switches) {
        if (name == own) return fmt::format("holds {}, which the agent sets itself: {}", own, instead);
    }
    return {};
}

std::string what_is_wrong_with_variable(const std::string& variable) {
    const auto end = variable.find('=');
    if (end == std::string::npos || end == 0) return "holds an element that is not NAME=value";
    const auto name = variable.substr(0, end);
    const auto fits = [](char c) { return is_letter(c) || is_digit(c) || c == '_'; };
    if (std::all_of(name.begin(), name.end(), fits) && !is_digit(name.front())) return {};
    return fmt::format("holds {}, which is no name of a variable: letters, digits and _, no digit first", quoted(name));
}

std::string what_is_wrong_with_url_pattern(const std::string& pattern) {
    const auto end = pattern.find_first_of(":*/");
    if (end != std::string::npos && pattern[end] == '*') return {};
    if (end != std::string::npos && end > 0 && pattern[end] == ':') return {};
    return fmt::format("holds {}, which matches no address: one begins with its scheme, as in file:///srv/pages/*",
                       quoted(pattern));
}

std::string_view value_in(const std::vector<std::string>& environment, std::string_view name) {
    for (const std::string_view entry : environment) {
        if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
            return entry.substr(name.size() + 1);
    }
    return {};
}

}  // namespace config
