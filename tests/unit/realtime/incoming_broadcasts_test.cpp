#include "agent/realtime/incoming_broadcasts.hpp"

#include <gtest/gtest.h>

#include "tests/unit/realtime/parts_fixture.hpp"

namespace {

using realtime::Frame;
using realtime::FrameKind;
using realtime::Subscription;

class WatchInHand final : public realtime::BroadcastWatch {
  public:
    void on_broadcast(const Frame& frame) override { seen.emplace_back(frame.event); }
    std::vector<std::string> seen;
};

class BroadcastsPart : public parts::Fixture {
  protected:
    void hear(const Subscription& on, std::string_view event, std::string_view meta_id = {}, bool replayed = false) {
        Frame frame;
        frame.kind = FrameKind::broadcast;
        frame.event = event;
        frame.meta_id = meta_id;
        frame.replayed = replayed;
        broadcasts.on_frame(on, frame, false);
    }

    WatchInHand watch;
    realtime::IncomingBroadcasts broadcasts{memory.status, memory.replay, watch, ears};
    std::vector<Subscription> all = realtime::subscriptions_of(settings, "d-1");
    const Subscription& device = all[0];
    const Subscription& global = all[1];
};

TEST_F(BroadcastsPart, AreHandedOnAndTheDevicesAreWatched) {
    hear(device, "cdp-command");
    hear(global, "changed");
    EXPECT_EQ(ears.events, (std::vector<std::string>{"cdp-command", "changed"}));
    EXPECT_EQ(watch.seen, std::vector<std::string>{"cdp-command"});
    EXPECT_EQ(memory.status.counters().broadcasts_in, 2u);
}

TEST_F(BroadcastsPart, StoredOnesComeOnceAndAreNotWatched) {
    hear(device, "news", "m-1", true);
    hear(device, "news", "m-1", true);
    EXPECT_EQ(ears.events.size(), 1u);
    EXPECT_TRUE(watch.seen.empty());
}

TEST_F(BroadcastsPart, OneThatGivesWayHandsOnNoCommand) {
    memory.status.shown().silenced = true;
    hear(device, "cdp-command");
    EXPECT_TRUE(ears.events.empty());
    EXPECT_EQ(memory.status.counters().silenced, 1u);
    hear(device, "unpair");
    hear(device, "cdp-result");
    hear(global, "changed");
    EXPECT_EQ(ears.events, (std::vector<std::string>{"unpair", "cdp-result", "changed"}));
}

TEST_F(BroadcastsPart, WhatWaitedOverAStandstillIsStale) {
    Frame frame;
    frame.event = "cdp-command";
    broadcasts.on_frame(device, frame, true);
    EXPECT_TRUE(ears.stale);
}

TEST(SubscriptionList, FollowsTheSettings) {
    realtime::Settings settings;
    settings.instance = "me";
    settings.join_settings_device = true;
    const auto all = realtime::subscriptions_of(settings, "d-1");
    std::vector<std::string_view> names;
    for (const Subscription& one : all) names.push_back(one.channel.name());
    EXPECT_EQ(names,
              (std::vector<std::string_view>{"device:d-1", "settings:global", "settings_device:all", "devices:all"}));
    EXPECT_TRUE(all[0].device && all[0].tracks && all[0].config.presence);
    EXPECT_EQ(all[0].config.presence_key, "me");
    EXPECT_TRUE(all[3].tracks);
    EXPECT_FALSE(all[3].config.presence);
    EXPECT_EQ(all[3].config.presence_key, "d-1");
    EXPECT_FALSE(all[1].tracks || all[2].tracks);
}

TEST(SubscriptionList, AListenersTopicTakesTheDevicesPlace) {
    realtime::Settings settings;
    settings.main_topic = "room";
    settings.main_private = false;
    const auto all = realtime::subscriptions_of(settings, "d-1");
    EXPECT_EQ(all[0].channel.name(), "room");
    EXPECT_FALSE(all[0].tracks);
    EXPECT_FALSE(all[0].config.private_channel);
    EXPECT_TRUE(all[0].config.presence);
}

}  // namespace
