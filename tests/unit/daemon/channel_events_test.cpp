#include "agent/daemon/channel_events.hpp"

#include "platform/log/log.hpp"
#include "tests/unit/daemon/parts.hpp"

namespace agent::daemon {
namespace {

using hooks::HookEvent;

class ChannelEventsTest : public parts::Parts {
  protected:
    void tell(std::string_view event, std::string_view payload = "{}",
              std::string_view topic = "device:6f1c2a3b-0000-4000-8000-000000000001") {
        realtime::Broadcast broadcast;
        broadcast.topic = topic;
        broadcast.event = event;
        broadcast.payload = payload;
        events.on_broadcast(broadcast);
    }

    ChannelEvents events{hooks, state, health};
};

TEST_F(ChannelEventsTest, EachHasItsHook) {
    for (const auto event :
         {HookEvent::vpn_on, HookEvent::vpn_off, HookEvent::open_sheet, HookEvent::live_activity_message}) {
        tell(name_of(event));
        EXPECT_TRUE(fired(event)) << name_of(event);
    }
    EXPECT_EQ(events.ignored(), 0u);
}

TEST_F(ChannelEventsTest, HooksOfTheMachineAreNobodysToCall) {
    for (const auto event : {HookEvent::paired, HookEvent::unpaired, HookEvent::joined, HookEvent::lost,
                             HookEvent::settings_changed, HookEvent::device_removed}) {
        tell(name_of(event));
        EXPECT_FALSE(fired(event)) << name_of(event);
    }
    EXPECT_EQ(events.ignored(), 6u);
}

TEST_F(ChannelEventsTest, OtherChannelsHaveNoEvents) {
    tell("vpn-on", "{}", "settings:global");
    tell("what", "{}", "devices:all");
    EXPECT_FALSE(fired(HookEvent::vpn_on));
    EXPECT_EQ(events.ignored(), 0u);
}

TEST_F(ChannelEventsTest, AMessageIsKeptAndShown) {
    tell("live-activity-message", R"({"message":"Hello \u001b[31mred\nnext"})");
    EXPECT_EQ(state.message().find('\x1b'), std::string::npos);
    EXPECT_EQ(state.message().find('\n'), std::string::npos);
    EXPECT_EQ(state.message().substr(0, 5), "Hello");
    EXPECT_EQ(health.told, 1);
}

TEST_F(ChannelEventsTest, AMessageIsCut) {
    tell("live-activity-message", R"({"message":")" + std::string(1000, 'm') + R"("})");
    EXPECT_GT(state.message().size(), 100u);
    EXPECT_LE(state.message().size(), 124u);
}

TEST_F(ChannelEventsTest, AMessageWithoutATextTakesTheOneBeforeAway) {
    tell("live-activity-message", R"({"message":"one"})");
    tell("live-activity-message", R"({"message":7})");
    EXPECT_EQ(state.message(), "");
    EXPECT_EQ(health.told, 2);
}

TEST_F(ChannelEventsTest, WhatCannotBeReadLeavesTheMessage) {
    tell("live-activity-message", R"({"message":"one"})");
    tell("live-activity-message", R"({"message":)");
    tell("live-activity-message", R"({"message":")" + std::string(hooks::hook_payload_bytes, 'm') + R"("})");
    EXPECT_EQ(state.message(), "one");
    EXPECT_TRUE(fired(HookEvent::live_activity_message)) << "the hook runs all the same, with null";
}

TEST_F(ChannelEventsTest, WithoutAHookAMessageIsNoNews) {
    config.hooks.commands = {};
    tell("live-activity-message", R"({"message":"one"})");
    EXPECT_EQ(hooks.counters().without, 0u);
    EXPECT_EQ(state.message(), "one");
    tell("vpn-on");
    EXPECT_EQ(hooks.counters().without, 1u) << "the other ones ask for something that nobody does";
}

TEST_F(ChannelEventsTest, AnUnknownNameIsToldOnceAndCountedAlways) {
    tell("shrug-1");
    tell("shrug-1");
    EXPECT_EQ(events.ignored(), 2u);
    const auto lines = platform::log::last_lines();
    const auto first = lines.find("event shrug-1 on device:");
    ASSERT_NE(first, std::string::npos);
    EXPECT_EQ(lines.find("event shrug-1 on device:", first + 1), std::string::npos);
}

}  // namespace
}  // namespace agent::daemon
