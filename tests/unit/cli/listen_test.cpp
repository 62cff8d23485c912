// What --listen takes: topics, times ago, subscriptions.
#include "agent/cli/listen.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using cli::arguments::Listen;
using cli::listen_command::replay_since;
using ::testing::HasSubstr;

constexpr std::int64_t now_in_ms = 1'790'000'000'000;

std::string wrong_with(const Listen& listen) {
    return cli::listen_command::what_is_wrong(listen);
}
Listen listen_to(const std::string& topic) {
    Listen listen;
    listen.topic = topic;
    return listen;
}

TEST(ListenArguments, ATopicIsNeededWithoutItsPrefix) {
    EXPECT_EQ(wrong_with(listen_to("settings:global")), "");
    EXPECT_THAT(wrong_with(listen_to("")), HasSubstr("needs the name of a channel"));
    EXPECT_THAT(wrong_with(listen_to("realtime:settings:global")), HasSubstr("leave \"realtime:\" out"));
    EXPECT_EQ(wrong_with(listen_to(std::string(246, 't'))), "");
    EXPECT_THAT(wrong_with(listen_to(std::string(247, 't'))), HasSubstr("at most 246 bytes"));
}

TEST(ListenArguments, StoredMessagesAreOfPrivateChannelsAlone) {
    Listen listen = listen_to("device:1");
    listen.replay_since = "10min";
    EXPECT_EQ(wrong_with(listen), "");
    listen.public_channel = true;
    EXPECT_THAT(wrong_with(listen), HasSubstr("drop --public"));
    listen.replay_since.clear();
    EXPECT_EQ(wrong_with(listen), "");
    listen.public_channel = false;
    listen.replay_since = "yesterday";
    EXPECT_THAT(wrong_with(listen), HasSubstr("--replay-since takes a time ago"));
}

TEST(ListenArguments, ATimeAgoOrUnixMilliseconds) {
    struct Row {
        const char* text;
        std::optional<std::int64_t> since;
    };
    for (const Row& row : {Row{"10min", now_in_ms - 600'000}, Row{"90s", now_in_ms - 90'000}, Row{"0", 0},
                           Row{"1789999999999", 1'789'999'999'999}, Row{"500ms", now_in_ms - 500},
                           Row{"-1", std::nullopt}, Row{"", std::nullopt}, Row{"soon", std::nullopt},
                           Row{"10 apples", std::nullopt}, Row{"99999999999999999999", std::nullopt}}) {
        EXPECT_EQ(replay_since(row.text, now_in_ms), row.since) << row.text;
    }
    EXPECT_EQ(replay_since("24h", 1000), 0) << "no time before 1970";
}

TEST(ListenArguments, SubscriptionsNameASchemaAndATable) {
    Listen listen = listen_to("device:1");
    listen.postgres_changes = {"public.devices", "public.devices:uuid=eq.1"};
    EXPECT_EQ(wrong_with(listen), "");
    for (const char* wrong : {"devices", ".devices", "public.", "public.:a=eq.1", "public.devices:"}) {
        listen.postgres_changes = {"public.devices", wrong};
        EXPECT_THAT(wrong_with(listen), HasSubstr("--postgres-changes: `" + std::string{wrong} + "`")) << wrong;
    }
}

}  // namespace
