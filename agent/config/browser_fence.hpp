// What a browser that we start is kept from: its managed policy, the hosts that pages do not reach, our own folders.
#pragma once

#include "agent/config/config.hpp"
#include "agent/relay/core/policy.hpp"

namespace config {

/// The browser's settings with all of it filled in. `spool` is the folder that the browser shares with us, or empty.
cdp::Settings settings_of(const Config& config, const relay::Policy& policy, const std::string& spool);

}  // namespace config
