// One direction of a client's stream as a bystander hears it, made by the sender's own half.
#include "agent/bridge/core/watched_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/relay/core/message_stream.hpp"
#include "platform/json/core/slice.hpp"

namespace {

using bridge::WatchedStream;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A broadcast of whole messages.
std::string whole_broadcast(std::uint64_t seq, const std::string& messages) {
    return R"({"seq":)" + std::to_string(seq) + R"(,"ack":0,"messages":)" + messages + "}";
}

/// One of parts.
std::string part_broadcast(std::uint64_t seq, int number, int of, const std::string& data) {
    std::string out = R"({"seq":)" + std::to_string(seq) + R"(,"ack":0,"part":)" + std::to_string(number) +
                      R"(,"parts":)" + std::to_string(of) + R"(,"data":)";
    platform::append_quoted(out, data);
    return out += '}';
}

struct WatchedStreamTest : ::testing::Test {
    /// The messages that a broadcast brings.
    std::vector<std::string> take(const std::string& text) {
        const auto read = relay::read_packet(text, "messages");
        EXPECT_EQ(read.wrong, "");
        const auto heard = stream.take(read.packet);
        half = heard.half;
        too_long = heard.too_long;
        return {heard.messages.begin(), heard.messages.end()};
    }

    WatchedStream stream;
    bool half = false;
    std::uint64_t too_long = 0;
};

TEST_F(WatchedStreamTest, TakesEachBroadcastOnce) {
    EXPECT_THAT(take(whole_broadcast(1, R"([{"a":1},{"b":2}])")), ElementsAre(R"({"a":1})", R"({"b":2})"));
    EXPECT_THAT(take(whole_broadcast(1, R"([{"a":1}])")), IsEmpty());
    EXPECT_THAT(take(whole_broadcast(2, R"([{"c":3}])")), ElementsAre(R"({"c":3})"));
    EXPECT_THAT(take(R"({"ack":2})"), IsEmpty());
    EXPECT_THAT(take(R"({"nack":1})"), IsEmpty());
}

TEST_F(WatchedStreamTest, TakesWhatComesLateOrWasMissedAndIsSentAgain) {
    take(whole_broadcast(1, "[{}]"));
    EXPECT_THAT(take(whole_broadcast(4, R"([{"n":4}])")), ElementsAre(R"({"n":4})"));
    EXPECT_THAT(take(whole_broadcast(2, R"([{"n":2}])")), ElementsAre(R"({"n":2})"));
    EXPECT_THAT(take(whole_broadcast(2, R"([{"n":2}])")), IsEmpty());
    EXPECT_THAT(take(whole_broadcast(3, R"([{"n":3}])")), ElementsAre(R"({"n":3})"));
    EXPECT_THAT(take(whole_broadcast(4, R"([{"n":4}])")), IsEmpty());
}

TEST_F(WatchedStreamTest, WhatWasSentBeforeTheFirstOneIsNotWaitedFor) {
    EXPECT_THAT(take(whole_broadcast(500, R"([{"n":500}])")), ElementsAre(R"({"n":500})"));
    EXPECT_THAT(take(whole_broadcast(499, R"([{"n":499}])")), IsEmpty());
    EXPECT_FALSE(half);
}

TEST_F(WatchedStreamTest, ManyMissingOnesAreNotAllRemembered) {
    take(whole_broadcast(1, "[{}]"));
    const std::uint64_t far = 1 + WatchedStream::most_missing + 2;
    take(whole_broadcast(far, "[{}]"));
    EXPECT_THAT(take(whole_broadcast(2, "[{}]")), IsEmpty()) << "one too many is missing: the oldest is given up";
    EXPECT_THAT(take(whole_broadcast(3, "[{}]")), ElementsAre("{}"));
    EXPECT_THAT(take(whole_broadcast(relay::max_packet_number, "[{}]")), ElementsAre("{}"))
        << "no loop over all numbers";
}

TEST_F(WatchedStreamTest, PartsBecomeTheMessageThatTheSenderCutUp) {
    relay::MessageStream::Settings settings;
    settings.out.list_name = "messages";
    relay::MessageStream sender{settings, 2000, 300};
    const std::string message = R"({"id":7,"params":{"text":")" + std::string(5000, 'x') + R"(\"ä\n"}})";
    ASSERT_TRUE(sender.add(message));
    std::vector<std::string> heard;
    int broadcasts = 0;
    while (const auto broadcast = sender.next(TimePoint{})) {
        sender.left(TimePoint{});
        ++broadcasts;
        EXPECT_THAT(heard, IsEmpty());
        heard = take("{" + broadcast->members + "}");
    }
    EXPECT_GT(broadcasts, 2);
    EXPECT_THAT(heard, ElementsAre(message));
    EXPECT_EQ(stream.bytes(), 0u);
}

TEST_F(WatchedStreamTest, APartWithoutItsBeginningIsSaid) {
    EXPECT_THAT(take(part_broadcast(7, 2, 3, "b")), IsEmpty());
    EXPECT_TRUE(half);
    EXPECT_THAT(take(part_broadcast(8, 3, 3, "c")), IsEmpty());
    EXPECT_THAT(take(part_broadcast(9, 1, 2, R"({"a")")), IsEmpty());
    EXPECT_FALSE(half);
    EXPECT_THAT(take(part_broadcast(10, 2, 2, ":1}")), ElementsAre(R"({"a":1})"));
}

TEST_F(WatchedStreamTest, AMessageOfWhichAPartIsMissingIsGivenUp) {
    take(part_broadcast(1, 1, 3, R"({"a")"));
    EXPECT_GT(stream.bytes(), 0u);
    EXPECT_THAT(take(part_broadcast(3, 3, 3, "1}")), IsEmpty());
    EXPECT_TRUE(half);
    EXPECT_EQ(stream.bytes(), 0u);
    EXPECT_THAT(take(part_broadcast(2, 2, 3, ":")), IsEmpty());
    EXPECT_THAT(take(whole_broadcast(4, R"([{"b":2}])")), ElementsAre(R"({"b":2})"));
}

TEST_F(WatchedStreamTest, PartsOfTwoMessagesAreNotMixed) {
    take(part_broadcast(1, 1, 2, R"({"a")"));
    EXPECT_THAT(take(part_broadcast(3, 2, 2, ":1}")), IsEmpty()) << "a number between them is missing";
    EXPECT_TRUE(half);
    take(part_broadcast(4, 1, 2, R"({"a")"));
    EXPECT_THAT(take(part_broadcast(5, 2, 3, ":1}")), IsEmpty()) << "of another message";
    EXPECT_TRUE(half);
    take(part_broadcast(6, 1, 2, R"({"a")"));
    EXPECT_THAT(take(whole_broadcast(2, R"([{"late":1}])")), ElementsAre(R"({"late":1})"));
    EXPECT_EQ(stream.bytes(), 0u) << "whole messages end what was begun";
    EXPECT_THAT(take(part_broadcast(7, 2, 2, ":1}")), IsEmpty());
    EXPECT_TRUE(half);
}

TEST_F(WatchedStreamTest, AnInterruptionLosesTheBegunMessageAlone) {
    take(part_broadcast(1, 1, 2, R"({"a")"));
    stream.interrupt();
    EXPECT_EQ(stream.bytes(), 0u);
    EXPECT_THAT(take(part_broadcast(2, 2, 2, ":1}")), IsEmpty());
    EXPECT_TRUE(half);
    EXPECT_THAT(take(whole_broadcast(2, "[{}]")), IsEmpty()) << "the numbers go on";
}

TEST_F(WatchedStreamTest, PartsThatMakeNoObjectGiveNothing) {
    for (const char* text : {"[1]", "{", R"({"a":})", "7", R"({"a":1} )"}) {
        WatchedStream fresh;
        const std::string broadcast = part_broadcast(1, 1, 1, text);
        const auto heard = fresh.take(relay::read_packet(broadcast, "messages").packet);
        EXPECT_EQ(heard.messages.size(), std::string_view{text} == R"({"a":1} )" ? 1u : 0u) << text;
    }
}

TEST_F(WatchedStreamTest, AMessageBeyondTheBoundIsCountedAndNotKept) {
    const std::string slice(8 << 20, 'x');
    std::uint64_t seq = 0;
    for (int number = 1; number <= 4; ++number) {
        take(part_broadcast(++seq, number, 5, slice));
        EXPECT_EQ(stream.bytes(), static_cast<std::size_t>(number) << 23);
        EXPECT_LE(stream.bytes(), WatchedStream::most_message);
    }
    take(part_broadcast(++seq, 5, 5, "y"));
    EXPECT_EQ(too_long, WatchedStream::most_message + 1);
    EXPECT_EQ(stream.bytes(), 0u);
    EXPECT_FALSE(half);
}

}  // namespace
