#include "agent/pairing/token_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "platform/crypto.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"

namespace pairing {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
/// How a JWT begins: {" in base64url.
constexpr std::string_view jwt_start = "eyJ";
constexpr std::size_t jwt_parts = 3;

bool is_token_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~+/=").find(c) != std::string_view::npos;
}

/// The name in front of "=": "BMC_TOKEN", also behind "export ". Empty: it is no such line.
std::string_view variable_of(std::string_view text) {
    constexpr std::string_view exported = "export ";
    if (text.starts_with(exported)) text = platform::trim(text.substr(exported.size()));
    const auto end = text.find('=');
    // Text that ends with = (padding) is no name.
    if (end == text.npos || end == 0 || end + 1 == text.size() || text[end + 1] == '=') return {};
    const auto name = text.substr(0, end);
    const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
    const auto fits_small = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    const bool is_name =
        std::all_of(name.begin(), name.end(), fits) || std::all_of(name.begin(), name.end(), fits_small);
    return is_name ? name : std::string_view{};
}

/// What tools make of a token, told by its form.
std::string wrong_form(std::string_view text) {
    const char first = text.front();
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
        return "is UTF-16 (as > writes it in PowerShell): write it as ASCII or UTF-8";
    }
    if (first == '"' || first == '\'') return "is in quotes: take them away (jq -r prints without)";
    if (first == '<') return "is a page (HTML or XML), not a token: the address that gave it answered something else";
    if (first == '[') return "is a JSON list: take the one token out of it";
    if (text == "null" || text == "undefined" || text == "None") {
        return "is the word " + std::string(text) + ": what it was taken from has no such field";
    }
    if (first == '$' || text.find("${") != text.npos) return "is a variable that nothing has replaced";
    if (const auto name = variable_of(text); !name.empty()) {
        return "is a line of a file of variables (" + platform::clean(name, 40) + "=…): hand in what is behind the =";
    }
    constexpr std::string_view header = "uthorization:";
    if (text.substr(1).starts_with(header)) return "is a whole header: hand in what is behind Bearer";
    return {};
}

std::string wrong_byte(std::string_view text) {
    const auto odd = std::find_if_not(text.begin(), text.end(), is_token_byte);
    if (odd == text.end()) return {};
    const auto place = fmt::format("at byte {} of {}", odd - text.begin() + 1, text.size());
    if (*odd == '\r' || *odd == '\n') return "has a line break within it, " + place + ": hand in one line";
    if (*odd == ' ' || *odd == '\t') return "has white space within it, " + place + ": hand in the token alone";
    const bool seen = *odd > 0x20 && *odd < 0x7F;
    const auto shown = seen ? std::string("'") + *odd + "'" : fmt::format("0x{:02X}", static_cast<unsigned char>(*odd));
    return "has " + shown + ", which no token has, " + place + ": copy it anew";
}

bool is_object(std::string_view part) {
    const auto text = platform::from_base64url(part);
    if (!text) return false;
    auto tree = platform::parse_json(*text);
    const bool object = tree && tree->is_object();
    if (tree) platform::cleanse(*tree);
    return object;
}

std::string wrong_parts(std::string_view text) {
    if (!text.starts_with(jwt_start)) return {};
    const auto dots = static_cast<std::size_t>(std::count(text.begin(), text.end(), '.'));
    if (dots + 1 != jwt_parts) {
        return fmt::format("has {} of a JWT's three parts: it was cut off or put together", dots + 1);
    }
    const auto first = text.find('.'), second = text.find('.', first + 1);
    if (second + 1 == text.size()) return "is a JWT without a signature: it was cut off";
    if (!is_object(text.substr(0, first))) return "is a JWT whose first part cannot be read: it was changed";
    if (!is_object(text.substr(first + 1, second - first - 1))) {
        return "is a JWT whose middle part cannot be read: it was cut off or changed";
    }
    if (!platform::from_base64url(text.substr(second + 1))) {
        return "is a JWT whose signature cannot be read: it was cut off or changed";
    }
    return {};
}

}  // namespace

std::string_view bare_token(std::string_view text) {
    text = platform::trim(text);
    if (text.starts_with(byte_order_mark)) text = platform::trim(text.substr(byte_order_mark.size()));
    constexpr std::string_view bearer = "Bearer ";
    if (text.starts_with(bearer)) text = platform::trim(text.substr(bearer.size()));
    return text;
}

std::string what_is_wrong_with_token(std::string_view text) {
    if (text.empty()) return "is empty";
    for (const auto check : {&wrong_form, &wrong_byte, &wrong_parts}) {
        if (auto wrong = check(text); !wrong.empty()) return wrong;
    }
    return {};
}

}  // namespace pairing
