// Who is online, as presence tells.
#include "agent/bridge/roll_call.hpp"

#include <gtest/gtest.h>

namespace {

bridge::RollCall two_devices() {
    bridge::RollCall call;
    call.devices.resize(2);
    call.devices[0].uuid = "u1";
    call.devices[1].uuid = "u2";
    return call;
}

TEST(RollCall, EachAgentInPresenceIsOnlineWithItsVersionCleaned) {
    bridge::PresenceLook look;
    look.roll.on_state(R"({"k":{"metas":[{"device_uuid":"u1","version":"1\u001b[31m"}]}})");
    auto call = two_devices();
    bridge::note_presence(call, look);
    EXPECT_EQ(call.devices[0].online, true);
    EXPECT_EQ(call.devices[0].version, "1[31m");
    EXPECT_EQ(call.devices[1].online, false);
    EXPECT_EQ(call.devices[1].version, "");
    EXPECT_EQ(call.presence_problem, "");
}

TEST(RollCall, WithoutPresenceNothingIsSaid) {
    auto call = two_devices();
    bridge::note_presence(call, {{}, "the backend tells nothing of presence"});
    EXPECT_FALSE(call.devices[0].online);
    EXPECT_EQ(call.presence_problem, "the backend tells nothing of presence");
}

}  // namespace
