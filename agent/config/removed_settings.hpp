// Settings of earlier versions that have become constants. A file or a variable that still names one gets a notice, so
// that an upgrade does not stop the agent.
#pragma once

#include <string_view>

namespace config {

/// `key` as in agent.toml: "realtime.held_after".
bool was_setting(std::string_view key) noexcept;

/// The key of the removed setting that this variable stood for (BMC_AGENT_REALTIME_HELD_AFTER); null: none.
const std::string_view* removed_setting_of(std::string_view variable);

}  // namespace config
