#include "agent/relay/core/policy_url.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace relay {
namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool is_alpha(char c) noexcept {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

bool is_scheme_byte(char c) noexcept {
    return is_alpha(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

bool is_stripped(char c) noexcept {
    return static_cast<unsigned char>(c) <= 0x20;
}

constexpr std::array<std::string_view, 7> web_schemes = {"http", "https", "ws", "wss", "data", "javascript", "blob"};

// The types of targets in which the web's own content lives.
constexpr std::array<std::string_view, 10> web_types = {
    "page",    "tab",           "iframe",         "webview",         "worker",
    "worklet", "shared_worker", "service_worker", "auction_worklet", "shared_storage_worklet"};

std::string_view behind_scheme(std::string_view normalized, std::string_view scheme) noexcept {
    return normalized.substr(std::min(normalized.size(), scheme.size() + 1));
}

bool is_harmless_about(std::string_view rest) noexcept {
    const std::string_view name = rest.substr(0, rest.find_first_of("?#"));
    return name == "blank" || name == "srcdoc";
}

}  // namespace

std::string normalize_url(std::string_view url) {
    while (!url.empty() && is_stripped(url.front())) url.remove_prefix(1);
    while (!url.empty() && is_stripped(url.back())) url.remove_suffix(1);
    std::string out{url};
    std::erase_if(out, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
    const std::size_t scheme = scheme_of(out).size();
    std::transform(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(scheme), out.begin(), lower);
    return out;
}

std::string_view scheme_of(std::string_view normalized) noexcept {
    if (normalized.empty() || !is_alpha(normalized.front())) return {};
    std::size_t end = 1;
    while (end < normalized.size() && is_scheme_byte(normalized[end])) ++end;
    if (end == normalized.size() || normalized[end] != ':') return {};
    return normalized.substr(0, end);
}

namespace {

bool is_refused_normalized(std::string normalized) {
    for (;;) {
        const std::string_view scheme = scheme_of(normalized);
        if (scheme.empty()) return false;
        const std::string_view rest = behind_scheme(normalized, scheme);
        if (scheme == "about") return !is_harmless_about(rest);
        if (std::find(web_schemes.begin(), web_schemes.end(), scheme) == web_schemes.end()) return true;
        if (scheme != "blob") return false;
        std::string inner = normalize_url(rest);  // a blob belongs to the origin that it names
        normalized = std::move(inner);
    }
}

}  // namespace

bool is_refused_url(std::string_view url) {
    return is_refused_normalized(normalize_url(url));
}

bool is_refused_page(std::string_view url, std::string_view type) {
    if (type == "browser_ui") return true;
    std::string normalized = normalize_url(url);
    if (normalized.empty()) return type != "page" && type != "tab" && type != "browser";
    const std::string_view scheme = scheme_of(normalized);
    if (scheme.empty() || scheme == "javascript") return true;  // no document stands there
    return scheme != "chrome-error" && is_refused_normalized(std::move(normalized));
}

bool is_browsers_own(std::string_view type) noexcept {
    return type != "browser" && std::find(web_types.begin(), web_types.end(), type) == web_types.end();
}

bool matches_glob(std::string_view pattern, std::string_view text) noexcept {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t retry = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++retry;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

bool climbs(std::string_view url) {
    std::string text{url};
    std::transform(text.begin(), text.end(), text.begin(), lower);
    for (const std::string_view bad : {"..", "%2e", "\\", "%5c", "%2f"}) {
        if (text.find(bad) != std::string::npos) return true;
    }
    return false;
}

bool is_allowed_url(const std::vector<std::string>& globs, std::string_view url) {
    if (globs.empty()) return false;
    const std::string normalized = normalize_url(url);
    if (climbs(normalized)) return false;
    return std::any_of(globs.begin(), globs.end(),
                       [&](const std::string& glob) { return matches_glob(glob, normalized); });
}

std::string origin_of(std::string_view url) {
    const std::string normalized = normalize_url(url);
    const std::string_view scheme = scheme_of(normalized);
    if (scheme.empty()) return {};
    std::string_view rest = behind_scheme(normalized, scheme);
    std::string origin{scheme};
    if (!rest.starts_with("//")) return origin + ':';
    rest.remove_prefix(2);
    rest = rest.substr(0, rest.find_first_of("/\\?#"));
    const std::size_t user = rest.rfind('@');
    if (user != std::string_view::npos) rest.remove_prefix(user + 1);
    return origin.append("://").append(rest);
}

}  // namespace relay
