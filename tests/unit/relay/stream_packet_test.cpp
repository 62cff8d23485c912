// What a broadcast of a message stream says, and how a message is cut into parts.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "agent/relay/core/stream_packet.hpp"

namespace {

using nlohmann::json;
using relay::read_packet;

std::string wrong(const std::string& text) {
    return std::string{read_packet(text, "messages").wrong};
}

TEST(StreamPacket, ReadsABroadcastOfMessages) {
    const std::string text = R"({"client":"c","seq":5,"ack":3,"messages":[{"id":1},{"id":2}],"more":[1]})";
    const auto read = read_packet(text, "messages");
    EXPECT_EQ(read.wrong, "");
    EXPECT_EQ(read.packet.seq, 5u);
    EXPECT_EQ(read.packet.ack, 3u);
    EXPECT_FALSE(read.packet.nack);
    EXPECT_EQ(read.packet.list, R"([{"id":1},{"id":2}])");
    EXPECT_EQ(read.packet.part, 0u);
}

TEST(StreamPacket, ReadsAPart) {
    const std::string text = R"({"data":"{\"id\"","parts":7,"part":2,"seq":9,"ack":0})";
    const auto read = read_packet(text, "messages");
    EXPECT_EQ(read.wrong, "");
    EXPECT_EQ(read.packet.part, 2u);
    EXPECT_EQ(read.packet.parts, 7u);
    EXPECT_EQ(read.packet.data, R"("{\"id\"")");
}

TEST(StreamPacket, ReadsBareAcknowledgements) {
    EXPECT_EQ(read_packet(R"({"ack":0})", "items").packet.ack, 0u);
    EXPECT_EQ(read_packet(R"({"nack":9007199254740991})", "items").packet.nack, 9007199254740991u);
    EXPECT_EQ(json::parse("{" + relay::write_bare(true, 7) + "}"), json::parse(R"({"nack":7})"));
    EXPECT_EQ(json::parse("{" + relay::write_bare(false, 7) + "}"), json::parse(R"({"ack":7})"));
}

TEST(StreamPacket, RefusesWhatIsNoNumber) {
    for (const std::string number : {"-1", "1.5", "1e2", "\"1\"", "null", "true", "[]", "{}", "9007199254740992",
                                     "99999999999999999999999999", "18446744073709551616", "-0"}) {
        EXPECT_NE(wrong(R"({"seq":)" + number + R"(,"messages":[]})"), "") << number;
        EXPECT_NE(wrong(R"({"ack":)" + number + "}"), "") << number;
        EXPECT_NE(wrong(R"({"nack":)" + number + "}"), "") << number;
        EXPECT_NE(wrong(R"({"seq":1,"data":"x","parts":2,"part":)" + number + "}"), "") << number;
        EXPECT_NE(wrong(R"({"seq":1,"data":"x","part":1,"parts":)" + number + "}"), "") << number;
    }
    EXPECT_NE(wrong(R"({"seq":0,"messages":[]})"), "");
}

TEST(StreamPacket, RefusesWhatDoesNotFitTogether) {
    for (const std::string text : {
             R"({})",
             R"({"client":"c"})",
             R"({"seq":1})",
             R"({"seq":1,"ack":0})",
             R"({"messages":[],"ack":1})",
             R"({"data":"x","part":1,"parts":1})",
             R"({"seq":1,"messages":{}})",
             R"({"seq":1,"messages":"[]"})",
             R"({"seq":1,"items":[]})",
             R"({"seq":1,"messages":[],"part":1,"parts":1,"data":"x"})",
             R"({"seq":1,"messages":[],"parts":1})",
             R"({"seq":1,"part":1,"data":"x"})",
             R"({"seq":1,"parts":1,"data":"x"})",
             R"({"seq":1,"part":1,"parts":1})",
             R"({"seq":1,"part":0,"parts":1,"data":"x"})",
             R"({"seq":1,"part":2,"parts":1,"data":"x"})",
             R"({"seq":1,"part":1,"parts":1,"data":7})",
             R"({"seq":1,"part":1,"parts":1,"data":""})",
             R"({"seq":1,"part":1,"parts":1048577,"data":"x"})",
             R"({"seq":1,"seq":2,"messages":[]})",
             R"({"ack":1,"ack":1})",
             R"({"seq":1,"messages":[],"messages":[]})",
             R"({"seq":1,"part":1,"part":1,"parts":1,"data":"x"})",
             R"({"seq":1,"part":1,"parts":1,"parts":1,"data":"x"})",
             R"({"seq":1,"part":1,"parts":1,"data":"x","data":"x"})",
             R"({"s\u0065q":1,"seq":2,"messages":[]})",
         }) {
        EXPECT_NE(wrong(text), "") << text;
    }
}

TEST(StreamPacket, RefusesWhatIsNoJsonOrNoUtf8) {
    for (const std::string& text :
         {std::string{}, std::string{"[]"}, std::string{"7"}, std::string{R"({"seq":1,"messages":[})"},
          std::string{R"({"seq":1,"messages":[]} x)"}, std::string{"{\"ack\":1,\"x\":\"\xff\"}"},
          std::string{"{\"seq\":1,\"messages\":[{\"a\":\"\xed\xa0\x80\"}]}"}, std::string("{\"ack\":1}\0", 10)}) {
        EXPECT_NE(wrong(text), "") << text;
    }
    EXPECT_NE(wrong(R"({"seq":1,"messages":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}"), "");
}

TEST(StreamPacket, ReadsBytesBesideTheTextOfASealedStreamAlone) {
    const std::string text = R"({"client":"c","seq":5,"ack":3})";
    const auto read = read_packet(text, {}, "abc");
    EXPECT_EQ(read.wrong, "");
    EXPECT_EQ(read.packet.seq, 5u);
    EXPECT_EQ(read.packet.ack, 3u);
    EXPECT_EQ(read.packet.raw, "abc");
    EXPECT_EQ(read_packet(R"({"seq":5,"data":"AAAA"})", {}).wrong, "");
    EXPECT_NE(read_packet(text, "messages", "abc").wrong, "") << "the stream is not sealed";
    EXPECT_NE(read_packet(R"({"seq":5,"messages":[]})", "messages", "abc").wrong, "");
    for (const std::string other :
         {R"({"seq":5,"data":"AAAA"})", R"({"seq":5,"data":""})", R"({"ack":5})", R"({"nack":5})", R"({})",
          R"({"seq":0})", R"({"seq":5,"part":1,"parts":1})", R"({"seq":5,"seq":5})", R"({"seq":5} x)", "7", ""}) {
        EXPECT_NE(read_packet(other, {}, "abc").wrong, "") << other;
    }
}

TEST(StreamPacket, CutsBetweenCharactersAndWithinTheRoom) {
    std::string text;
    for (int i = 0; i < 400; ++i) text += R"(a"\é汉😀)" + std::string(1, '\n') + std::string(1, '\x01');
    for (const std::size_t room : {1u, 2u, 3u, 8u, 9u, 64u, 1000u, 100'000u}) {
        std::string together;
        std::uint64_t count = 0;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = relay::slice_end(text, at, room);
            ASSERT_GT(end, at);
            const std::string slice = text.substr(at, end - at);
            const std::string part = relay::write_part(1, 1, slice);
            const std::string data = json::parse("{" + part + "}")["data"];  // throws at half a character
            const bool one_character = slice.size() <= 4;
            EXPECT_TRUE(one_character || json(slice).dump().size() <= room) << room;
            together += data;
            at = end;
            ++count;
        }
        EXPECT_EQ(together, text);
        EXPECT_EQ(count, relay::count_slices(text, room));
    }
}

}  // namespace
