#include "agent/bridge/core/page_headers.hpp"

#include <algorithm>

namespace bridge {
namespace {

/// Whether nothing in it could end the directive that it stands in.
bool is_plain_host(std::string_view host) {
    const auto plain = [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter || (c >= '0' && c <= '9') || c == '.' || c == ':' || c == '-' || c == '[' || c == ']';
    };
    return !host.empty() && std::all_of(host.begin(), host.end(), plain);
}

}  // namespace

std::string content_policy(std::string_view host) {
    std::string policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; connect-src 'self'";
    // A browser that does not take the page's own origin for the WebSocket's as well needs it by name.
    if (is_plain_host(host)) policy.append(" ws://").append(host);
    return policy;
}

std::vector<std::pair<std::string, std::string>> page_headers(std::string_view host) {
    return {{"Content-Security-Policy", content_policy(host)},
            {"Referrer-Policy", "no-referrer"},
            {"X-Content-Type-Options", "nosniff"},
            {"X-Frame-Options", "DENY"},
            {"Cross-Origin-Opener-Policy", "same-origin"},
            {"Cross-Origin-Resource-Policy", "same-origin"},
            {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"}};
}

}  // namespace bridge
