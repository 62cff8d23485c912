#include "platform/log/redact.hpp"

#include <array>
#include <regex>
#include <utility>

#include "platform/text.hpp"

namespace platform {
namespace {

constexpr std::string_view scheme_end = "://";
/// What ends the authority of an address, or the address itself.
constexpr std::string_view authority_ends = "/?#\"'<>\\ \t\r\n";

using Pattern = std::pair<std::regex, std::string>;

const std::array<Pattern, 5>& patterns() {
    static const std::string hidden{not_shown};
    static const std::array<Pattern, 5> all{{
        // A JWT, whole or cut.
        {std::regex{R"(eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*){0,2})"}, hidden},
        // Supabase's keys of the newer form.
        {std::regex{R"(sb_(secret|publishable)_[A-Za-z0-9_-]+)"}, hidden},
        {std::regex{R"(\b(Bearer|Basic)\s+(?!\(not shown\))[A-Za-z0-9._~+/=-]{4,})", std::regex::icase},
         "$1 " + hidden},
        // --token=VALUE, API_KEY = "VALUE", "password": "VALUE"; in any case.
        {std::regex{
             R"re(((token|secret|passwo?r?d|api[_-]?key|cookie)[A-Za-z0-9_.-]*(\s*=\s*|\\?["']\s*:\s*)\\?["']?)(?!\(not shown\)|[\s\[{"\\])[^\s"',&\]}\\]+)re",
             std::regex::icase},
         "$1" + hidden},
        // "--password", "VALUE", as in an argument list; -u is curl's user and password.
        {std::regex{
             R"re((["'](--?[A-Za-z0-9-]*(token|secret|passwo?r?d|api-?key|cookie)[A-Za-z0-9-]*|-u|--user|--proxy-user)["'],\s*["'])(?!\(not shown\)|-)[^"']+)re",
             std::regex::icase},
         "$1" + hidden},
    }};
    return all;
}

}  // namespace

std::string hide_passwords(std::string_view text) {
    std::string out;
    for (;;) {
        const auto begin = text.find(scheme_end);
        if (begin == std::string_view::npos) return out.append(text);
        const auto from = begin + scheme_end.size();
        const auto end = text.find_first_of(authority_ends, from);
        const auto authority = text.substr(from, end == std::string_view::npos ? end : end - from);
        // The last one: a password may hold an unescaped @.
        const auto at = authority.rfind('@');
        out.append(text.substr(0, from));
        if (at != std::string_view::npos) out.append(not_shown).append(authority.substr(at));
        if (at == std::string_view::npos) out.append(authority);
        text.remove_prefix(from + authority.size());
    }
}

std::string hide_secrets(std::string_view text) {
    // A line at a time: the library's matcher recurses over what it is given.
    std::string out;
    for (const auto& line : split(text, '\n')) {
        auto clean = hide_passwords(line);
        for (const auto& [pattern, instead] : patterns()) clean = std::regex_replace(clean, pattern, instead);
        out.append(clean).append("\n");
    }
    out.pop_back();
    return out;
}

}  // namespace platform
