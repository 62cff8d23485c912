// Serves the bridge's page: its files, and devices.json. One thread, the loop's.
#pragma once

#include <optional>
#include <vector>

#include "agent/bridge/core/access.hpp"
#include "agent/bridge/devtools_endpoint.hpp"
#include "agent/bridge/fleet.hpp"
#include "platform/http/server.hpp"

namespace bridge {

class PageServer {
  public:
    /// The fleet outlives it.
    explicit PageServer(Fleet& fleet) : fleet_{fleet} {}

    /// A request that access was granted to, for the devices with these keys. Nothing: the page has no such file.
    std::optional<platform::ServerReply> answer(const Asked& asked, const std::vector<DeviceKey>& keys);

  private:
    Fleet& fleet_;
};

}  // namespace bridge
