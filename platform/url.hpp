// Addresses: http, https, ws and wss URLs taken apart, and which hosts are this very machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/core/result.hpp"

namespace platform {

/// An absolute URL. `host` is a name or an address without brackets; `target` is path and query, at least "/".
struct Url {
    std::string scheme;  // "http", "https", "ws" or "wss"
    std::string host;
    std::uint16_t port = 0;  // the scheme's own where the text had none
    std::string target;

    bool secure() const { return scheme == "https" || scheme == "wss"; }
    /// For the Host header: brackets around an IPv6 address, the port where it is not the scheme's own.
    std::string authority() const;
    /// `scheme://host[:port]`: what may be shown to people and logs. Paths and queries may hold secrets.
    std::string origin() const;
};

/// Takes a URL apart. Refused: other schemes, users and passwords inside, fragments, control characters, no host.
Result<Url> parse_url(std::string_view text);

/// What a browser may be given: an http or https URL as parse_url() takes it (no user, no password), of visible ASCII
/// characters alone, so that what a person reads is what is opened. A fragment is refused.
bool is_web_address(std::string_view text);

/// This machine, whatever a resolver may say: localhost, *.localhost, 127.0.0.0/8, ::1 (with or without brackets).
bool is_loopback(std::string_view host);

/// An IPv4 or IPv6 address, not a name.
bool is_address(std::string_view host);

}  // namespace platform
