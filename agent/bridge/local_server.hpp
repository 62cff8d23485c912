// The handler of a local port of the bridge: it judges access, then asks the browser that the address names.
#pragma once

#include <vector>

#include "agent/bridge/core/access.hpp"
#include "agent/bridge/devtools_endpoint.hpp"
#include "platform/http/server.hpp"

namespace bridge {

/// Connections at a time on one port, WebSockets included.
inline constexpr std::size_t bridge_connections = 256;

/// `browsers`: in the order of `rules.devices`; they outlive the handler.
platform::ServerHandler serve_browsers(std::vector<DevToolsEndpoint*> browsers, AccessRules rules);

}  // namespace bridge
