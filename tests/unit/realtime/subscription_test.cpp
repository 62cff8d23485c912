// Which channels a connection joins, and what each join asks for.
#include "agent/realtime/subscription.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using realtime::Settings;
using realtime::Subscription;

std::vector<std::string> topics_of(const std::vector<Subscription>& all) {
    std::vector<std::string> topics;
    for (const auto& one : all) topics.emplace_back(one.channel.topic());
    return topics;
}

TEST(Subscriptions, TheDevicesChannelComesFirst) {
    Settings settings;
    settings.instance = "me";
    const auto all = realtime::subscriptions_of(settings, "u-1");
    ASSERT_EQ(all.size(), 3u);
    const Subscription& device = all.front();
    EXPECT_TRUE(device.device && device.tracks);
    EXPECT_TRUE(device.config.private_channel && device.config.presence && device.config.ack);
    EXPECT_FALSE(device.config.self) << "what it sends does not come back";
    EXPECT_EQ(device.config.presence_key, "me");
    for (std::size_t i = 1; i < all.size(); ++i) EXPECT_FALSE(all[i].device);
}

TEST(Subscriptions, TheOthersAreASettingEach) {
    Settings settings;
    settings.join_settings_global = settings.join_settings_device = settings.join_devices_all = false;
    EXPECT_EQ(topics_of(realtime::subscriptions_of(settings, "u")).size(), 1u);
    settings.join_settings_device = true;
    const auto all = topics_of(realtime::subscriptions_of(settings, "u"));
    ASSERT_EQ(all.size(), 2u);
    EXPECT_NE(all[1].find("settings_device:all"), std::string::npos);
}

TEST(Subscriptions, OnAllDevicesOnlyItsOwnPlaceIsAskedFor) {
    Settings settings;
    settings.join_settings_global = false;
    auto all = realtime::subscriptions_of(settings, "u-1");
    ASSERT_EQ(all.size(), 2u);
    EXPECT_TRUE(all[1].tracks);
    EXPECT_FALSE(all[1].config.presence) << "everybody's diffs grow with the square of the fleet";
    EXPECT_EQ(all[1].config.presence_key, "u-1");
    settings.track_presence = false;
    all = realtime::subscriptions_of(settings, "u-1");
    EXPECT_FALSE(all[0].tracks || all[0].config.presence);
    EXPECT_FALSE(all[1].tracks);
    EXPECT_EQ(all[1].config.presence_key, "");
}

TEST(Subscriptions, AVisitorJoinsOneChannelAndShowsNothing) {
    Settings settings = realtime::settings_of_visitor(Settings{});
    settings.main_topic = "ws:42";
    settings.main_private = false;
    settings.postgres_changes = "[{}]";
    const auto all = realtime::subscriptions_of(settings, "u-1");
    ASSERT_EQ(all.size(), 1u);
    EXPECT_NE(topics_of(all).front().find("ws:42"), std::string::npos);
    EXPECT_EQ(topics_of(all).front().find("u-1"), std::string::npos);
    EXPECT_TRUE(all[0].device) << "it stands in for the device's";
    EXPECT_FALSE(all[0].tracks);
    EXPECT_TRUE(all[0].config.presence) << "but sees who is there";
    EXPECT_FALSE(all[0].config.private_channel);
    EXPECT_EQ(all[0].config.postgres_changes, "[{}]");
    EXPECT_LT(all[0].config.replay_since_ms, 0);
}

}  // namespace
