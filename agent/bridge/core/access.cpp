#include "agent/bridge/core/access.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace bridge {
namespace {

constexpr std::string_view browser_path = "/devtools/browser/";
constexpr std::string_view protocol_path = "/json/protocol";
/// The origin of Chrome's own front end; no page can have it.
constexpr std::string_view front_end_origin = "devtools://devtools";

constexpr int forbidden = 403;
constexpr int not_found = 404;
constexpr int host_refused = 500;  // Chrome's own status for it

constexpr std::string_view no_secret =
    "Another user of this machine could ask this, so the bridge wants its secret: use the address that it printed, put "
    "/SECRET in front of the path, or send the header \"Authorization: Bearer SECRET\". With --open-to-local-users the "
    "bridge needs no secret.";
constexpr std::string_view which_device =
    "This port serves several devices: put /NAME in front of the path, or start the bridge with a --listen for each "
    "device.";

/// Takes as long for a difference in the first byte as for one in the last.
bool same_secret(std::string_view asked, std::string_view secret) {
    if (asked.size() != secret.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < secret.size(); ++i) difference |= static_cast<unsigned>(asked[i] ^ secret[i]);
    return difference == 0;
}

bool is_address(std::string_view text, int family) {
    std::array<unsigned char, sizeof(in6_addr)> parsed{};
    return ::inet_pton(family, std::string(text).c_str(), parsed.data()) == 1;
}

bool same_letters(std::string_view text, std::string_view lower) {
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), same);
}

std::string_view bearer_in(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (!same_letters(authorization.substr(0, scheme.size()), scheme)) return {};
    return authorization.substr(scheme.size());
}

std::string_view first_segment(std::string_view path) {
    if (!path.starts_with('/')) return {};
    return path.substr(1, path.find('/', 1) - 1);
}

Pass behind(std::optional<std::size_t> device, std::string_view segment, std::string_view path) {
    const auto rest = path.substr(1 + segment.size());
    return {device, "/" + std::string(segment), std::string(rest.empty() ? "/" : rest)};
}

/// By a secret, wherever it stands.
std::optional<Pass> by_secret(const Visit& visit, const AccessRules& rules) {
    const auto segment = first_segment(visit.path);
    const auto bearer = bearer_in(visit.authorization);
    const auto id = visit.path.starts_with(browser_path) ? visit.path.substr(browser_path.size()) : std::string_view{};
    if (!rules.page_secret.empty() && same_secret(segment, rules.page_secret)) {
        return behind(std::nullopt, segment, visit.path);
    }
    for (std::size_t i = 0; i < rules.devices.size(); ++i) {
        const auto& secret = rules.devices[i].secret;
        if (same_secret(segment, secret)) return behind(i, segment, visit.path);
        if (same_secret(id, secret) || same_secret(bearer, secret)) {
            return Pass{i, rules.open_to_local_users ? "" : "/" + secret, std::string(visit.path)};
        }
    }
    return std::nullopt;
}

/// What no browser is asked: `/` and the page's files.
bool is_for_page(const Visit& visit, const AccessRules& rules) {
    const auto segment = first_segment(visit.path);
    return !rules.page_secret.empty() && !visit.upgrade && segment != "json" && segment != "devtools";
}

std::variant<Pass, Denial> without_secret(const Visit& visit, const AccessRules& rules) {
    const auto& devices = rules.devices;
    // It tells nothing of any browser, and clients fetch it beside a WebSocket whose address has the secret.
    const bool protocol = visit.path == protocol_path && !visit.upgrade;
    if (protocol && !devices.empty()) return Pass{0, "", std::string(visit.path)};
    if (!rules.open_to_local_users) return Denial{forbidden, std::string(no_secret)};
    const auto segment = first_segment(visit.path);
    for (std::size_t i = 0; i < devices.size(); ++i) {
        if (segment == devices[i].name) return behind(i, segment, visit.path);
    }
    if (is_for_page(visit, rules)) return Pass{std::nullopt, "", std::string(visit.path)};
    if (devices.size() != 1) return Denial{not_found, std::string(which_device)};
    return Pass{0, "", std::string(visit.path)};
}

/// Nothing: it passes.
std::optional<Denial> origin_refused(const Visit& visit, const AccessRules& rules) {
    if (!visit.upgrade || !visit.origin) return std::nullopt;
    const auto origin = *visit.origin;
    if (origin == front_end_origin || origin == "http://" + std::string(visit.host)) return std::nullopt;
    for (const auto& allowed : rules.allowed_origins) {
        if (allowed == origin || allowed == "*") return std::nullopt;
    }
    const std::string text(origin);
    return Denial{forbidden, "Rejected an incoming WebSocket connection from the " + text +
                                 " origin. Start the bridge with --allow-origin " + text +
                                 " to allow connections from this origin, or with --allow-origin '*' to allow all."};
}

}  // namespace

bool host_passes(std::string_view host) {
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        if (end == std::string_view::npos) return false;
        const auto rest = host.substr(end + 1);
        return (rest.empty() || rest.starts_with(':')) && is_address(host.substr(1, end - 1), AF_INET6);
    }
    constexpr std::string_view local = "localhost";
    const auto name = host.substr(0, host.find(':'));
    if (name.empty() || is_address(name, AF_INET)) return true;
    if (name.size() < local.size()) return false;
    const auto before = name.substr(0, name.size() - local.size());
    return same_letters(name.substr(before.size()), local) && (before.empty() || before.ends_with('.'));
}

std::variant<Pass, Denial> judge(const Visit& visit, const AccessRules& rules) {
    if (!host_passes(visit.host)) {
        return Denial{host_refused, "Host header is specified and is not an IP address or localhost."};
    }
    if (auto denial = origin_refused(visit, rules)) return std::move(*denial);
    if (auto pass = by_secret(visit, rules)) return std::move(*pass);
    return without_secret(visit, rules);
}

}  // namespace bridge
