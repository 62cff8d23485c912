// The handler of a local port of the bridge: it judges access, then asks the page, or the browser that the address
// names.
#pragma once

#include <vector>

#include "agent/bridge/core/access.hpp"
#include "agent/bridge/devtools_endpoint.hpp"
#include "agent/bridge/page_server.hpp"
#include "platform/http/server.hpp"

namespace bridge {

/// Connections at a time on one port, WebSockets included.
inline constexpr std::size_t bridge_connections = 256;

/// What a port serves, and to whom.
struct LocalPort {
    AccessRules rules = {};
    std::vector<DevToolsEndpoint*> browsers = {};  // in the order of `rules.devices`
    PageServer* page = nullptr;                    // null: there is none
};

/// `port` and what it names outlive the handler. Devices may be added to it meanwhile.
platform::ServerHandler serve_port(const LocalPort& port);

}  // namespace bridge
