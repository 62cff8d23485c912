// What Kubernetes puts into the environment of every container for every service of its namespace.
#pragma once

#include <string_view>

namespace config {

/// Says whether a variable is such a link: a service called bmc-agent gives BMC_AGENT_SERVICE_HOST,
/// BMC_AGENT_PORT_9100_TCP_ADDR and others, and BMC_AGENT_PORT=tcp://10.0.0.1:9100 by its value.
bool is_service_link(std::string_view name, std::string_view value);

}  // namespace config
