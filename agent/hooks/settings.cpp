#include "agent/hooks/settings.hpp"

#include <algorithm>

namespace hooks {

std::string setting_of(HookEvent event) {
    auto key = "hooks." + std::string(name_of(event));
    std::replace(key.begin(), key.end(), '-', '_');
    return key;
}

std::string_view name_of(HookEvent event) noexcept {
    constexpr std::array<std::string_view, hook_events> names{
        "vpn-on",   "vpn-off", "open-sheet", "live-activity-message", "settings-changed", "paired",
        "unpaired", "joined",  "lost",       "device-removed"};
    return names[static_cast<std::size_t>(event)];
}

}  // namespace hooks
