#include "platform/url.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

namespace platform {

namespace {

struct Scheme {
    std::string_view name;
    std::uint16_t port;
};
constexpr std::array<Scheme, 4> schemes{{{"http", 80}, {"https", 443}, {"ws", 80}, {"wss", 443}}};

constexpr std::size_t max_url = 16384;  // bytes; a token in the query makes long ones

const Scheme* find_scheme(std::string_view name) {
    const auto* found = std::ranges::find(schemes, name, &Scheme::name);
    return found == schemes.end() ? nullptr : found;
}

Error invalid() {
    return make_error_code(boost::system::errc::invalid_argument);
}

using CurlText = std::unique_ptr<char, decltype(&curl_free)>;

// libcurl leaves a text behind where it fails to write a host as IDNA: it is freed whatever the answer is.
CurlText text_of(CURLU* url, CURLUPart part, unsigned flags) {
    char* text = nullptr;
    const CURLUcode code = curl_url_get(url, part, &text, flags);
    CurlText owned{text, &curl_free};
    if (code != CURLUE_OK) owned.reset();
    return owned;
}

// One part of a parsed URL; empty where there is none.
std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
    const CurlText text = text_of(url, part, flags);
    return text ? std::string{text.get()} : std::string{};
}

bool has_part(CURLU* url, CURLUPart part) {
    return text_of(url, part, 0) != nullptr;
}

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

std::string_view without_brackets(std::string_view host) {
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
    return host;
}

bool is_v6(std::string_view host) {
    const std::string text(without_brackets(host));
    in6_addr address{};
    return ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

bool has_odd_bytes(std::string_view text) {
    return std::ranges::any_of(text, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
    if (text.empty() || text.size() > max_url || has_odd_bytes(text)) return invalid();
    if (text.find(":///") != text.npos) return invalid();  // curl would take the path's first part for the host
    const std::unique_ptr<CURLU, void (*)(CURLU*)> handle(curl_url(), curl_url_cleanup);
    if (!handle) return make_error_code(boost::system::errc::not_enough_memory);
    const std::string copy(text);
    if (curl_url_set(handle.get(), CURLUPART_URL, copy.c_str(), CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER) !=
        CURLUE_OK) {
        return invalid();
    }
    if (has_part(handle.get(), CURLUPART_FRAGMENT)) return invalid();
    Url url;
    url.scheme = lower(part_of(handle.get(), CURLUPART_SCHEME));
    const Scheme* scheme = find_scheme(url.scheme);
    if (!scheme) return invalid();
#ifdef CURLU_PUNYCODE
    url.host = lower(part_of(handle.get(), CURLUPART_HOST, CURLU_PUNYCODE));
#else
    url.host = lower(part_of(handle.get(), CURLUPART_HOST));
#endif
    url.host = std::string(without_brackets(url.host));
    if (url.host.empty()) return invalid();
    url.port = scheme->port;
    if (const std::string port = part_of(handle.get(), CURLUPART_PORT); !port.empty()) {
        std::from_chars(port.data(), port.data() + port.size(), url.port);
        if (url.port == 0) return invalid();
    }
    url.target = part_of(handle.get(), CURLUPART_PATH);
    if (url.target.empty()) url.target = "/";
    if (const std::string query = part_of(handle.get(), CURLUPART_QUERY); !query.empty()) url.target += '?' + query;
    return url;
}

bool is_web_address(std::string_view text) {
    const bool visible = std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c < 0x7f; });
    const auto url = visible ? parse_url(text) : Result<Url>(invalid());
    return url && (url->scheme == "http" || url->scheme == "https");
}

std::string Url::authority() const {
    std::string text = is_v6(host) ? '[' + host + ']' : host;
    const Scheme* known = find_scheme(scheme);
    if (!known || known->port != port) text += ':' + std::to_string(port);
    return text;
}

std::string Url::origin() const {
    return scheme + "://" + authority();
}

bool is_address(std::string_view host) {
    const std::string text(host);
    in_addr address{};
    return ::inet_pton(AF_INET, text.c_str(), &address) == 1 || is_v6(host);
}

bool is_loopback(std::string_view host) {
    const std::string text = lower(std::string(without_brackets(host)));
    if (text == "localhost" || text.ends_with(".localhost")) return true;
    in_addr v4{};
    if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
    in6_addr v6{};
    if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1) return false;
    if (IN6_IS_ADDR_LOOPBACK(&v6)) return true;
    return IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127;
}

}  // namespace platform
