#include "agent/config/judge_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <vector>

#include "platform/proxy_text.hpp"
#include "platform/text.hpp"
#include "platform/url.hpp"

namespace config {
namespace {

constexpr std::size_t host_bytes = 253;  // RFC 1035, without the dot at the end
constexpr std::size_t label_bytes = 63;
constexpr std::size_t address_shown_bytes = 80;

using Names = std::vector<std::string>;

bool holds_any(std::string_view text, std::initializer_list<std::string_view> parts) {
    return std::any_of(parts.begin(), parts.end(), [&](auto part) { return text.find(part) != text.npos; });
}

bool is_hex_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// A % that two hexadecimal digits do not follow.
bool broken_escape(std::string_view text) {
    for (auto at = text.find('%'); at != text.npos; at = text.find('%', at + 1)) {
        if (at + 2 >= text.size() || !is_hex_digit(text[at + 1]) || !is_hex_digit(text[at + 2])) return true;
    }
    return false;
}

/// What editors, shells and files of variables leave in a value.
std::string leftovers(std::string_view text) {
    if (text.find('\r') != text.npos) {
        return "holds a carriage return: the file has Windows line ends, take them away (dos2unix)";
    }
    if (platform::trim(text).size() != text.size()) return "begins or ends with white space: take it away";
    if (holds_any(text, {"\"", "'", "\u2018", "\u2019", "\u201C", "\u201D"})) {
        return "holds a quote: a shell or a file of variables left it there, take it away";
    }
    if (holds_any(text, {"\uFEFF", "\u200B", "\u00A0", "\u2060"})) {
        return "holds a character that nobody sees (a byte order mark or a blank without width): write it anew";
    }
    for (const char c : text) {
        if (c == ' ' || c == '\t' || c == '\n') return "holds white space: take it away";
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return "holds a control character: write it anew";
    }
    return {};
}

std::string placeholder(std::string_view text) {
    const auto at = text.find_first_of("<>{}$`\\^|");
    if (at == text.npos) return {};
    return fmt::format("holds '{}', which no address has: is a placeholder or a variable still to be replaced?",
                       text[at]);
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    return out;
}

std::string one_of(const Names& schemes) {
    std::string text;
    for (const auto& scheme : schemes) {
        const bool last = &scheme == &schemes.back();
        text.append(text.empty() ? "" : last ? " or " : ", ").append(scheme).append("://");
    }
    return text;
}

std::string wrong_scheme(std::string_view scheme, const Names& allowed) {
    auto text = "has the scheme " + platform::clean(scheme, address_shown_bytes) + "://: it must be " + one_of(allowed);
    if (const auto near = platform::nearest(scheme, allowed)) text += "; did you mean " + *near + "://?";
    return text;
}

/// Of "host:port", "[::1]:port", "host".
struct Place {
    std::string_view host;
    std::string_view port;
    bool has_port = false;
};
Place take_apart(std::string_view authority) {
    const auto bracket = authority.rfind(']');
    const auto colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
    if (colon == authority.npos) return {authority, {}, false};
    return {authority.substr(0, colon), authority.substr(colon + 1), true};
}

std::string wrong_port(const Place& place) {
    if (!place.has_port) return {};
    if (place.port.empty()) return "has a colon behind the host and no port";
    std::uint32_t port = 0;
    const auto* end = place.port.data() + place.port.size();
    const auto [stopped, ec] = std::from_chars(place.port.data(), end, port);
    if (ec == std::errc{} && stopped == end && port >= 1 && port <= 65535) return {};
    return "has the port " + platform::clean(place.port, address_shown_bytes) + ": a port is a number from 1 to 65535";
}

std::string wrong_host(std::string_view host) {
    if (host.empty()) return "names no host";
    if (platform::is_address(host)) return {};
    if (host.find_first_of("[]:") != host.npos) return "has no IPv6 address between its brackets";
    if (host.ends_with('.')) host.remove_suffix(1);
    if (host.size() > host_bytes) return "has a host name of more than 253 bytes";
    const auto labels = platform::split(host, '.');
    for (const auto& label : labels) {
        if (label.empty()) return "has a host name with nothing between two dots";
        if (label.size() > label_bytes) return "has a host name with more than 63 bytes between two dots";
        if (label.starts_with('-') || label.ends_with('-')) {
            return "has the host " + platform::clean(host, address_shown_bytes) +
                   ": no part of a name begins or ends with a hyphen";
        }
    }
    if (labels.back().find_first_not_of("0123456789") == std::string::npos) {
        return "has the host " + platform::clean(host, address_shown_bytes) +
               ", which is neither a name nor an IPv4 address";
    }
    return {};
}

/// The path where a service is, put behind the base by us; empty: none of them.
std::string_view service_path(std::string_view path) {
    constexpr std::array<std::string_view, 7> known{"/realtime/v1",  "/rest/v1",    "/auth/v1",  "/storage/v1",
                                                    "/functions/v1", "/graphql/v1", "/websocket"};
    const auto found = std::find_if(known.begin(), known.end(), [&](auto one) { return path.find(one) != path.npos; });
    return found == known.end() ? std::string_view{} : *found;
}

/// Pages and ports of a hosted project that people copy in place of its address.
std::string wrong_part_of_project(const platform::Url& url) {
    constexpr std::array<std::string_view, 4> dashboards{"supabase.com", "www.supabase.com", "app.supabase.com",
                                                         "app.supabase.io"};
    if (std::find(dashboards.begin(), dashboards.end(), lower(url.host)) != dashboards.end()) {
        constexpr std::string_view before = "/project/";
        const auto at = url.target.find(before);
        auto project = at == url.target.npos ? std::string{} : url.target.substr(at + before.size());
        project = platform::clean(project.substr(0, project.find('/')), address_shown_bytes);
        return "is the dashboard's address and no project's: the project's is https://" +
               (project.empty() ? "<project>" : project) + ".supabase.co";
    }
    const bool database = url.port == 5432 || url.port == 6543;
    if (!database || platform::is_loopback(url.host)) return {};
    return "has the port " + std::to_string(url.port) + ", which is the database's: leave it out";
}

std::string wrong_path(const platform::Url& url, AddressUse use) {
    if (use == AddressUse::base) {
        const auto path = service_path(url.target);
        if (path.empty()) return {};
        return "holds a service's own path already (" + std::string(path) + "): give what stands in front of it, " +
               url.origin();
    }
    std::string_view path = url.target;
    while (path.ends_with('/')) path.remove_suffix(1);
    if (use == AddressUse::realtime && path.ends_with("/websocket")) {
        return "ends with /websocket, which the agent puts there itself: leave it out";
    }
    if (use == AddressUse::realtime && path.find("/rest/v1") != path.npos) {
        return "is REST's address: Realtime is at " + url.origin() + "/realtime/v1";
    }
    return {};
}

std::string no_scheme(std::string_view text) {
    const bool slashes = text.starts_with("http:") || text.starts_with("https:");
    if (slashes) return "must have two slashes behind the colon, as in https://api.example.com";
    return "has no scheme: write https://" + platform::clean(text, address_shown_bytes);
}

std::string judge_url(std::string_view text, std::string_view rest, AddressUse use) {
    const auto authority = rest.substr(0, rest.find_first_of("/?#"));
    if (authority.find('@') != authority.npos) {
        return "holds a user or a password (in front of the @): the agent sends none, take them away";
    }
    const auto place = take_apart(authority);
    if (auto wrong = wrong_host(place.host); !wrong.empty()) return wrong;
    if (auto wrong = wrong_port(place); !wrong.empty()) return wrong;
    if (rest.find('#') != rest.npos) return "holds a fragment (from the # on): take it away";
    if (rest.find('?') != rest.npos) return "holds a query (from the ? on): take it away";
    const auto url = platform::parse_url(text);
    if (!url) return "is no address: it must read like https://api.example.com";
    if (!url->secure() && !platform::is_loopback(url->host)) {
        return "is not encrypted: plain " + url->scheme + ":// is for this machine alone, write " +
               (url->scheme == "ws" ? "wss" : "https") + "://" + std::string(rest);
    }
    if (auto wrong = wrong_part_of_project(*url); !wrong.empty()) return wrong;
    return wrong_path(*url, use);
}

/// "10.0.0.0/8": an address and how many of its bits count.
bool is_network(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = text.substr(0, slash), bits = text.substr(slash + 1);
    const unsigned most = address.find(':') == address.npos ? 32 : 128;
    unsigned count = 0;
    const auto [stopped, ec] = std::from_chars(bits.data(), bits.data() + bits.size(), count);
    return platform::is_address(address) && ec == std::errc{} && stopped == bits.data() + bits.size() && count <= most;
}

}  // namespace

std::string what_is_wrong_with_address(std::string_view text, AddressUse use) {
    if (text.empty()) return "is empty: it must read like https://api.example.com";
    if (auto wrong = leftovers(text); !wrong.empty()) return wrong;
    if (auto wrong = placeholder(text); !wrong.empty()) return wrong;
    const auto end = text.find("://");
    if (end == text.npos) return no_scheme(text);
    const auto scheme = lower(text.substr(0, end));
    Names allowed{"https", "http"};
    if (use == AddressUse::realtime) allowed.insert(allowed.end(), {"wss", "ws"});
    if (std::find(allowed.begin(), allowed.end(), scheme) == allowed.end()) {
        if (scheme == "ws" || scheme == "wss")
            return "has Realtime's scheme: write https:// (realtime.url takes wss://)";
        return wrong_scheme(scheme, allowed);
    }
    return judge_url(text, text.substr(end + 3), use);
}

std::string what_is_wrong_with_host_and_port(std::string_view address) {
    const auto end = address.find("://");
    if (end != address.npos) address.remove_prefix(end + 3);
    const auto place = take_apart(address.substr(0, address.find_first_of("/?#")));
    if (auto wrong = wrong_port(place); !wrong.empty()) return wrong;
    if (auto wrong = wrong_host(place.host); !wrong.empty()) return wrong;
    return place.has_port ? std::string{}
                          : "has no port: a browser that was started with --remote-debugging-port=9222 has 9222";
}

std::string what_is_wrong_with_proxy(std::string_view text) {
    if (text.empty() || text == "none") return {};
    if (auto wrong = leftovers(text); !wrong.empty()) return wrong;
    const auto proxy = platform::normal_proxy(text);
    for (const std::string_view word : {"none", "direct", "off", "no", "false"}) {
        if (lower(proxy) == word) return "is no address: where no proxy is wanted, write none";
    }
    const auto end = proxy.find("://");
    const auto scheme = end == proxy.npos ? std::string("http") : proxy.substr(0, end);
    const Names allowed{"http", "socks4", "socks4a", "socks5", "socks5h"};
    if (scheme == "https") return "is spoken to over TLS (https://), which is not supported: use http:// or socks5h://";
    if (std::find(allowed.begin(), allowed.end(), scheme) == allowed.end()) return wrong_scheme(scheme, allowed);
    std::string_view rest = proxy;
    if (end != proxy.npos) rest.remove_prefix(end + 3);
    if (const auto at = rest.rfind('@'); at != rest.npos) {
        const auto login = rest.substr(0, at);
        if (const auto raw = login.find_first_of("@#/?[]\\"); raw != login.npos) {
            return fmt::format(
                "has a raw '{}' in its user or password: percent-encode it (@ as %40, # as %23, / as %2F, ? as %3F)",
                login[raw]);
        }
        if (broken_escape(login)) return "has a % in its user or password that begins no escape: write %25 for it";
        rest.remove_prefix(at + 1);
    }
    if (auto wrong = placeholder(rest); !wrong.empty()) return wrong;
    if (rest.find('#') != rest.npos) return "holds a #: in a password percent-encode it as %23";
    if (rest.ends_with('/')) rest.remove_suffix(1);
    if (rest.find_first_of("/?") != rest.npos) return "holds a path: a proxy's address ends with its port";
    const auto place = take_apart(rest);
    if (auto wrong = wrong_host(place.host); !wrong.empty()) return wrong;
    return wrong_port(place);
}

std::string what_is_wrong_with_no_proxy(std::string_view text) {
    if (text.find('\r') != text.npos) return leftovers(text);
    if (text.find("://") != text.npos) return "takes hosts, not addresses: leave the schemes (https://) out";
    if (text.find("*.") != text.npos) return "takes a domain as .example.com: leave the * out";
    for (const auto& part : platform::split(text, ',')) {
        const auto host = platform::trim(part);
        if (host.find('/') == host.npos || is_network(host)) continue;
        return "holds " + platform::clean(host, address_shown_bytes) +
               ", which is no network: write one as 10.0.0.0/8 or fd00::/8";
    }
    return {};
}

}  // namespace config
