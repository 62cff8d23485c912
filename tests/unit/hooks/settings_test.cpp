// Names of the events that have a hook.
#include "agent/hooks/settings.hpp"

#include <gtest/gtest.h>

#include <set>

namespace {

using hooks::HookEvent;

TEST(HookNames, AreTheChannelsAndTheSettingsOwn) {
    EXPECT_EQ(hooks::name_of(HookEvent::vpn_on), "vpn-on");
    EXPECT_EQ(hooks::setting_of(HookEvent::vpn_on), "hooks.vpn_on");
    EXPECT_EQ(hooks::name_of(HookEvent::live_activity_message), "live-activity-message");
    EXPECT_EQ(hooks::setting_of(HookEvent::device_removed), "hooks.device_removed");
}

TEST(HookNames, AreThereForEachEvent) {
    std::set<std::string_view> names;
    for (std::size_t event = 0; event < hooks::hook_events; ++event) {
        names.insert(hooks::name_of(static_cast<HookEvent>(event)));
    }
    EXPECT_EQ(names.size(), hooks::hook_events);
    EXPECT_FALSE(names.contains(""));
}

}  // namespace
