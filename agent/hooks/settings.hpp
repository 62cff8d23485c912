// What the owner may set about hooks. Plain data that the configuration fills.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/time_point.hpp"

namespace hooks {

/// What happens on this machine when something happens on the channel.
enum class HookEvent : std::uint8_t {
    vpn_on,
    vpn_off,
    open_sheet,
    live_activity_message,
    settings_changed,
    paired,
    unpaired,
    joined,
    lost,
    device_removed,
};
inline constexpr std::size_t hook_events = 10;
/// As on the channel: "vpn-on".
std::string_view name_of(HookEvent event) noexcept;
/// The setting with its command: "hooks.vpn_on".
std::string setting_of(HookEvent event);

struct HookSettings {
    std::array<std::vector<std::string>, hook_events> commands;  // argument lists; empty: none
    Duration limit = std::chrono::seconds{30};                   // then the hook's process group is killed

    const std::vector<std::string>& command(HookEvent event) const { return commands[static_cast<std::size_t>(event)]; }
};

}  // namespace hooks
