#include "agent/realtime/presence.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/realtime/parts_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using realtime::Channel;

class PresencePart : public parts::Fixture {
  protected:
    void SetUp() override {
        pair();
        memory.own.joined_at_ms = 17;
        settings.instance = "me";
        presence.add(device, true);
        presence.add(devices, false);
        start([this] { return presence.run(); });
        settle();
    }
    void join(Channel& channel) {
        channel.join_sent(5);
        auto reply = parts::reply_to(5);
        reply.join_ref = 5;
        channel.on_frame(reply);
        presence.joined(channel);
        settle();
    }
    std::string event_of(std::size_t at) const {
        return nlohmann::json::parse(pushes.said.at(at).payload)["event"].get<std::string>();
    }

    Channel device{"device:d-1"};
    Channel devices{"devices:all"};
    realtime::Presence presence{io.get_executor(), {settings, tokens, memory.own, memory.stop_by}, pushes};
};

TEST_F(PresencePart, ShowsItselfOnWhatIsJoined) {
    join(device);
    join(devices);
    ASSERT_EQ(pushes.said.size(), 2u);
    const auto on_device = nlohmann::json::parse(pushes.said[0].payload)["payload"];
    EXPECT_EQ(on_device["instance"], "me");
    EXPECT_EQ(on_device["joined_at"], 17);
    EXPECT_FALSE(on_device.contains("name"));
    const auto among_all = nlohmann::json::parse(pushes.said[1].payload)["payload"];
    EXPECT_EQ(among_all["device_uuid"], "d-1");
    EXPECT_EQ(among_all["name"], "a test");
}

TEST_F(PresencePart, FollowsThePersonAtTheMachine) {
    join(device);
    memory.own.present = false;
    presence.wake();
    settle();
    ASSERT_EQ(pushes.said.size(), 2u);
    EXPECT_EQ(event_of(1), "untrack");
    memory.own.present = true;
    presence.wake();
    settle();
    ASSERT_EQ(pushes.said.size(), 3u);
    EXPECT_EQ(event_of(2), "track");
}

TEST_F(PresencePart, AnotherNameIsShownAmongAllDevicesAlone) {
    join(device);
    join(devices);
    tokens.rename("another");
    presence.wake();
    settle();
    ASSERT_EQ(pushes.said.size(), 3u);
    EXPECT_EQ(nlohmann::json::parse(pushes.said[2].payload)["payload"]["name"], "another");
}

TEST_F(PresencePart, BeyondTheServersLimitItWaits) {
    settings.presence_window = 60ms;
    join(device);
    const auto begun = platform::BootClock::now();
    for (std::size_t call = 2; call <= realtime::PresencePace::calls_max; ++call) {
        memory.own.present = !memory.own.present;
        presence.wake();
        settle();
        EXPECT_EQ(pushes.said.size(), call);
    }
    memory.own.present = !memory.own.present;
    presence.wake();
    settle();
    EXPECT_EQ(pushes.said.size(), realtime::PresencePace::calls_max);
    ASSERT_TRUE(until([&] { return pushes.said.size() > realtime::PresencePace::calls_max; }));
    EXPECT_GE(platform::BootClock::now() - begun, settings.presence_window);
}

TEST_F(PresencePart, NothingIsShownAfterAStopAndALeaveTakesItBack) {
    join(device);
    memory.stop_by = platform::BootClock::now() + 1h;
    join(devices);
    EXPECT_EQ(pushes.said.size(), 1u);
    presence.leaving(device);
    ASSERT_EQ(pushes.said.size(), 2u);
    EXPECT_EQ(event_of(1), "untrack");
}

TEST_F(PresencePart, ClosedForLimitsOnceTooOftenIsLeftAlone) {
    join(devices);
    EXPECT_FALSE(presence.closed_for_limits(devices, "something else"));
    EXPECT_FALSE(presence.closed_for_limits(devices, "Too many presence messages"));
    EXPECT_TRUE(presence.closed_for_limits(devices, "Too many presence messages"));
    EXPECT_EQ(memory.own.closures, realtime::Presence::closures_max);
    const auto before = pushes.said.size();
    join(devices);
    EXPECT_EQ(pushes.said.size(), before);
}

}  // namespace
