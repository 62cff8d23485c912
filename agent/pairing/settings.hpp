// What the owner may set about pairing: where the login is, and what is asked of it. Plain data that the configuration
// fills.
#pragma once

#include <cstdint>
#include <string>

#include "platform/core/time_point.hpp"

namespace pairing {

struct Settings {
    /// The protected resource whose metadata (RFC 9728) names the authorization server.
    std::string resource = "https://mcp.busymate.net";
    /// The authorization server's issuer (RFC 8414). What the metadata says must equal it.
    std::string issuer = "https://mcp.busymate.net";
    /// Scopes to ask for, separated by spaces; empty: what the resource's metadata lists.
    std::string scope;
    /// A client that was registered by hand; empty: registered by itself (RFC 7591) and kept.
    std::string client_id;
    /// The name shown on the consent page.
    std::string client_name = "Busymate agent";
    /// The port of the loopback redirect; 0: any free one.
    std::uint16_t callback_port = 0;
    /// How long a person has for the login.
    Duration login_limit = std::chrono::minutes{10};
    /// Exchanges the user's token for a long-lived device token; empty: none.
    std::string device_token_url;
    /// REST, for the device's row.
    std::string rest_url = "https://api.busymate.net/rest/v1";
};

}  // namespace pairing
