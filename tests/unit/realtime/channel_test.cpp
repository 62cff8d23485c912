#include "agent/realtime/core/channel.hpp"

#include <gtest/gtest.h>

namespace realtime {
namespace {

ChannelEvent take(Channel& channel, std::string_view text, Vsn vsn = Vsn::v2) {
    static Decoder v1{Vsn::v1};
    static Decoder v2{Vsn::v2};
    Frame frame;
    EXPECT_EQ((vsn == Vsn::v1 ? v1 : v2).decode(text, false, frame), Unreadable::none) << text;
    return channel.on_frame(frame);
}

Channel joined(Ref ref = 7) {
    Channel channel{"device:1"};
    channel.join_sent(ref);
    const auto text = "[\"" + std::to_string(ref) + "\",\"" + std::to_string(ref) +
                      R"(","realtime:device:1","phx_reply",{"status":"ok","response":{}}])";
    EXPECT_EQ(take(channel, text), ChannelEvent::accepted);
    return channel;
}

TEST(Channel, IsJoinedByTheReplyToItsRef) {
    Channel channel{"device:1"};
    EXPECT_EQ(channel.topic(), "realtime:device:1");
    EXPECT_EQ(channel.name(), "device:1");
    channel.join_sent(7);
    EXPECT_EQ(take(channel, R"(["5","5","realtime:device:1","phx_reply",{"status":"ok","response":{}}])"),
              ChannelEvent::stale);
    EXPECT_EQ(channel.state(), Channel::State::joining);
    EXPECT_EQ(take(channel, R"(["7","7","realtime:device:1","phx_reply",{"status":"ok","response":{}}])"),
              ChannelEvent::accepted);
    EXPECT_EQ(channel.state(), Channel::State::joined);
}

TEST(Channel, ARefusalLeavesNoChannel) {
    Channel channel{"device:1"};
    channel.join_sent(7);
    EXPECT_EQ(take(channel, R"(["7","7","t","phx_reply",{"status":"error","response":{"reason":"Unauthorized: no"}}])"),
              ChannelEvent::refused);
    EXPECT_EQ(channel.state(), Channel::State::idle);
    EXPECT_EQ(channel.words(), "Unauthorized: no");
}

TEST(Channel, KeepsTheSystemMessageAsTheReasonOfTheClose) {
    Channel channel = joined();
    EXPECT_EQ(take(channel, R"(["7",null,"t","system",{"message":"Token has expired 0 seconds ago","status":"error",)"
                            R"("extension":"system","channel":"device:1"}])"),
              ChannelEvent::notice);
    EXPECT_EQ(channel.state(), Channel::State::joined);
    EXPECT_EQ(take(channel, R"(["7","7","t","phx_close",{}])"), ChannelEvent::closed);
    EXPECT_EQ(channel.words(), "Token has expired 0 seconds ago");
    EXPECT_EQ(channel.state(), Channel::State::idle);
}

TEST(Channel, AnErrorOfPostgresChangesIsNoReasonToClose) {
    Channel channel = joined();
    take(channel, R"(["7",null,"t","system",{"message":"Unable","status":"error","extension":"postgres_changes"}])");
    take(channel, R"(["7","7","t","phx_close",{}])");
    EXPECT_EQ(channel.words(), "");
}

TEST(Channel, TheCloseOfAnEarlierJoinComesAfterTheReplyToTheNext) {
    Channel channel = joined(7);
    channel.join_sent(9);
    EXPECT_EQ(take(channel, R"(["9","9","t","phx_reply",{"status":"ok","response":{}}])"), ChannelEvent::accepted);
    EXPECT_EQ(take(channel, R"(["7","7","t","phx_close",{}])"), ChannelEvent::stale);
    EXPECT_EQ(channel.state(), Channel::State::joined);
}

TEST(Channel, InVersion1TheCloseIsToldByItsRef) {
    Channel channel{"device:1"};
    channel.join_sent(7);
    EXPECT_EQ(take(channel, R"({"ref":"7","payload":{"status":"ok","response":{}},"event":"phx_reply","topic":"t"})",
                   Vsn::v1),
              ChannelEvent::accepted);
    EXPECT_EQ(take(channel, R"({"ref":"5","payload":{},"event":"phx_close","topic":"t"})", Vsn::v1),
              ChannelEvent::stale);
    EXPECT_EQ(take(channel, R"({"ref":null,"payload":{},"event":"phx_close","topic":"t"})", Vsn::v1),
              ChannelEvent::stale);
    EXPECT_EQ(take(channel, R"({"ref":"7","payload":{},"event":"phx_close","topic":"t"})", Vsn::v1),
              ChannelEvent::closed);
}

TEST(Channel, ACrashSaysSo) {
    Channel channel = joined();
    EXPECT_EQ(take(channel, R"(["7","7","t","phx_error",{"reason":"channel_crash"}])"), ChannelEvent::crashed);
    EXPECT_EQ(channel.words(), "channel_crash");
    EXPECT_EQ(channel.state(), Channel::State::idle);
    Channel older = joined();
    EXPECT_EQ(take(older, R"(["7","7","t","phx_error",{}])"), ChannelEvent::crashed);
}

TEST(Channel, UnmatchedTopicMeansThatItIsGone) {
    Channel channel = joined();
    const auto unmatched = R"([null,"9","t","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}])";
    EXPECT_EQ(take(channel, unmatched), ChannelEvent::unmatched);
    EXPECT_EQ(channel.state(), Channel::State::idle);
    Channel again = joined(12);
    EXPECT_EQ(take(again, unmatched), ChannelEvent::reply) << "it answers a push from before this join";
    EXPECT_EQ(again.state(), Channel::State::joined);
}

TEST(Channel, OurOwnLeaveIsNoClose) {
    Channel channel = joined();
    channel.leave_sent();
    EXPECT_EQ(take(channel, R"(["7","9","t","phx_reply",{"status":"ok","response":{}}])"), ChannelEvent::reply);
    EXPECT_EQ(take(channel, R"(["7","7","t","phx_close",{}])"), ChannelEvent::left);
}

TEST(Channel, BroadcastsBeforeTheJoinOrAfterTheEndAreStale) {
    const auto cast = R"([null,null,"t","broadcast",{"event":"e","payload":{}}])";
    Channel channel{"device:1"};
    EXPECT_EQ(take(channel, cast), ChannelEvent::stale);
    channel = joined();
    EXPECT_EQ(take(channel, cast), ChannelEvent::broadcast);
    EXPECT_EQ(take(channel, R"(["5",null,"t","broadcast",{"event":"e","payload":{}}])"), ChannelEvent::stale);
    channel.reset();
    EXPECT_EQ(take(channel, cast), ChannelEvent::stale);
}

TEST(Channel, BoundsTheWordsItKeeps) {
    Channel channel{"device:1"};
    channel.join_sent(7);
    const std::string text =
        R"(["7","7","t","phx_reply",{"status":"error","response":{"reason":")" + std::string(100'000, 'x') + R"("}}])";
    EXPECT_EQ(take(channel, text), ChannelEvent::refused);
    EXPECT_LE(channel.words().size(), 400u);
}

}  // namespace
}  // namespace realtime
