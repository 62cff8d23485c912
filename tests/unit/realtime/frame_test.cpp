#include "agent/realtime/core/frame.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/recorded.hpp"

namespace realtime {
namespace {

using namespace std::string_literals;

TEST(Frame, ReadsAKind4Broadcast) {
    Decoder decoder{Vsn::v2};
    Frame frame;
    const std::string data =
        "\x04\x0e\x04\x0b\x01"
        "realtime:lobby"
        "ping"
        R"({"id":"x1"})"
        R"({"n":1})"s;
    ASSERT_EQ(decoder.decode(data, true, frame), Unreadable::none);
    EXPECT_EQ(frame.kind, FrameKind::broadcast);
    EXPECT_EQ(frame.topic, "realtime:lobby");
    EXPECT_EQ(frame.event, "ping");
    EXPECT_EQ(frame.meta_id, "x1");
    EXPECT_EQ(frame.payload, R"({"n":1})");
    EXPECT_FALSE(frame.raw);
    EXPECT_FALSE(frame.replayed);
    EXPECT_EQ(frame.payload.data(), data.data() + data.size() - 7) << "a slice, not a copy";
}

TEST(Frame, EveryTruncationOfABinaryHeaderIsSkipped) {
    Decoder decoder{Vsn::v2};
    const std::string data =
        "\x04\x0e\x04\x0b\x01"
        "realtime:lobby"
        "ping"
        R"({"id":"x1"})"s;
    for (std::size_t size = 0; size < data.size(); ++size) {
        Frame frame;
        EXPECT_EQ(decoder.decode(std::string_view{data}.substr(0, size), true, frame), Unreadable::truncated) << size;
    }
    Frame frame;
    EXPECT_EQ(decoder.decode(data, true, frame), Unreadable::none) << "an empty payload is none";
}

TEST(Frame, OtherBinaryKindsAreSkipped) {
    Decoder decoder{Vsn::v2};
    for (int kind = 0; kind < 256; ++kind) {
        if (kind == 4) continue;
        Frame frame;
        const std::string data = std::string(1, static_cast<char>(kind)) + std::string(40, '\x01');
        EXPECT_EQ(decoder.decode(data, true, frame), Unreadable::kind) << kind;
    }
    Frame frame;
    EXPECT_EQ(Decoder{Vsn::v1}.decode("\x04", true, frame), Unreadable::kind);
}

TEST(Frame, ReadsATextBroadcastOfBothVersions) {
    for (const Vsn vsn : {Vsn::v1, Vsn::v2}) {
        Decoder decoder{vsn};
        Frame frame;
        const std::string payload =
            R"({"event":"cmd","payload":{"n":[1, 2]},"type":"broadcast","meta":{"id":"m","replayed":true}})";
        const std::string text =
            vsn == Vsn::v2 ? R"([null,null,"realtime:a","broadcast",)" + payload + "]"
                           : R"({"ref":null,"payload":)" + payload + R"(,"event":"broadcast","topic":"realtime:a"})";
        ASSERT_EQ(decoder.decode(text, false, frame), Unreadable::none);
        EXPECT_EQ(frame.kind, FrameKind::broadcast);
        EXPECT_EQ(frame.topic, "realtime:a");
        EXPECT_EQ(frame.event, "cmd");
        EXPECT_EQ(frame.payload, R"({"n":[1, 2]})");
        EXPECT_EQ(frame.meta_id, "m");
        EXPECT_TRUE(frame.replayed);
    }
}

TEST(Frame, ReadsRepliesWithEveryKindOfResponse) {
    const std::map<std::string, std::string> responses = {
        {R"({"reason":"Unauthorized: no"})", "Unauthorized: no"},
        {R"("payload_size_exceeded")", "payload_size_exceeded"},
        {R"({"error":"unauthorized"})", "unauthorized"},
        {R"({})", ""},
        {R"({"error":5})", ""},
        {"[1]", ""},
        {"null", ""},
        {R"({"reason":"a\"b\u0041"})", "a\"bA"},
    };
    for (const auto& [response, words] : responses) {
        Decoder decoder{Vsn::v2};
        Frame frame;
        const std::string text =
            R"(["7","21","realtime:a","phx_reply",{"status":"error","response":)" + response + "}]";
        ASSERT_EQ(decoder.decode(text, false, frame), Unreadable::none) << text;
        EXPECT_EQ(frame.kind, FrameKind::reply);
        EXPECT_FALSE(frame.ok);
        EXPECT_EQ(frame.join_ref, 7u);
        EXPECT_EQ(frame.ref, 21u);
        EXPECT_EQ(frame.text, words);
    }
}

TEST(Frame, RefsThatWeNeverSentAreForeign) {
    Decoder decoder{Vsn::v2};
    for (const auto& [ref, expected] : std::map<std::string, Ref>{{"null", no_ref},
                                                                  {R"("12")", 12},
                                                                  {"12", 12},
                                                                  {R"("")", foreign_ref},
                                                                  {R"("0")", foreign_ref},
                                                                  {R"("-1")", foreign_ref},
                                                                  {R"("1e3")", foreign_ref},
                                                                  {R"("99999999999999999999999")", foreign_ref},
                                                                  {R"({"a":1})", foreign_ref}}) {
        Frame frame;
        const std::string text = "[" + ref + "," + ref + R"(,"t","phx_close",{}])";
        ASSERT_EQ(decoder.decode(text, false, frame), Unreadable::none) << text;
        EXPECT_EQ(frame.ref, expected) << text;
        EXPECT_EQ(frame.join_ref, expected) << text;
    }
}

TEST(Frame, BrokenTextIsSkippedInBothVersions) {
    const std::string_view broken[] = {"",
                                       " ",
                                       "not json",
                                       "{",
                                       "[",
                                       "null",
                                       "5",
                                       "[]",
                                       "{}",
                                       R"("x")",
                                       R"([null,null,"t"])",
                                       R"([null,null,5,"broadcast",{}])",
                                       R"([null,null,"t",5,{}])",
                                       R"([null,null,"t","broadcast",[1]])",
                                       R"([null,null,"t","broadcast",{}])",
                                       R"([null,null,"t","broadcast",{"event":5}])",
                                       R"([null,null,"t","phx_reply",null])",
                                       R"([null,null,"t","system","x"])",
                                       R"([null,null,"t","broadcast",{"event":"e"})",
                                       R"({"topic":"t","event":5})",
                                       R"({"topic":"t","event":"broadcast","payload":not json})",
                                       R"({"event":"phx_reply","payload":{}})",
                                       R"({"topic":"t","event":"broadcast"})",
                                       R"({"topic":"t","event":"phx_reply"})"};
    for (const Vsn vsn : {Vsn::v1, Vsn::v2}) {
        for (const auto text : broken) {
            Decoder decoder{vsn};
            Frame frame;
            EXPECT_NE(decoder.decode(text, false, frame), Unreadable::none) << text;
        }
    }
}

TEST(Frame, DeepNestingIsSkipped) {
    Decoder decoder{Vsn::v2};
    Frame frame;
    const std::string deep = R"([null,null,"t","x",)" + std::string(100'000, '[');
    EXPECT_EQ(decoder.decode(deep, false, frame), Unreadable::not_json);
}

TEST(Frame, MoreThanFiveElementsAreReadAsFive) {
    Decoder decoder{Vsn::v2};
    Frame frame;
    ASSERT_EQ(decoder.decode(R"(["1","1","realtime:a","phx_close",{},6,{"seven":7}])", false, frame), Unreadable::none);
    EXPECT_EQ(frame.kind, FrameKind::close);
}

/// Every server frame of the recordings, by both decoders: nothing may break, and the decoder of the connection's own
/// version reads all but what is known to be unreadable.
class Recordings : public ::testing::TestWithParam<const char*> {};

TEST_P(Recordings, AreReadOrSkipped) {
    std::map<std::string, Vsn> versions;
    int read = 0;
    std::map<Unreadable, int> skipped;
    for (const auto& line : recorded::lines(GetParam())) {
        if (line.kind == "http" && line.data.find("vsn=") != std::string::npos) {
            versions[line.connection] = line.data.find("vsn=2.0.0") != std::string::npos ? Vsn::v2 : Vsn::v1;
        }
        if (line.direction != "s2c" || (line.kind != "text" && line.kind != "binary") || line.cut) continue;
        for (const Vsn vsn : {Vsn::v1, Vsn::v2}) {
            Decoder decoder{vsn};
            Frame frame;
            const auto why = decoder.decode(line.data, line.kind == "binary", frame);
            const auto own = versions.find(line.connection);
            if (own == versions.end() || own->second != vsn) continue;
            if (why == Unreadable::none)
                ++read;
            else
                ++skipped[why];
        }
    }
    EXPECT_GT(read, 0);
    const std::string name = GetParam();
    const int all_skipped = skipped[Unreadable::not_json] + skipped[Unreadable::wrong_shape] +
                            skipped[Unreadable::kind] + skipped[Unreadable::truncated];
    if (name == "04-broadcast") {
        EXPECT_GE(skipped[Unreadable::not_json], 2);     // claims JSON, and is not
        EXPECT_GE(skipped[Unreadable::wrong_shape], 1);  // a broadcast without a name
        EXPECT_EQ(skipped[Unreadable::kind], 1);         // kind 2
    } else if (name == "19-stalls-and-odd-joins") {
        EXPECT_GE(skipped[Unreadable::wrong_shape], 3);  // outer payloads that are no objects
    } else {
        EXPECT_EQ(all_skipped, 0);
    }
}

INSTANTIATE_TEST_SUITE_P(All, Recordings,
                         ::testing::Values("01-join-private-ok", "02-join-denied", "03-bad-credentials", "04-broadcast",
                                           "04b-broadcast-supabase-js", "05-self-broadcast", "06-payload-size",
                                           "07-rate-limit", "08-token", "09-leave-and-duplicate-join",
                                           "10-http-broadcast", "11-presence", "12-postgres-changes", "14-bad-messages",
                                           "14b-join-ref", "16-replay-and-database-broadcast", "17-tenant-limits",
                                           "18-database-down", "19-stalls-and-odd-joins"));

TEST(FrameWrite, WritesAKind3BroadcastAsDocumented) {
    std::string out;
    const auto made = append_broadcast_head(out, Vsn::v2, {7, 12, "realtime:lobby", "ping"});
    EXPECT_TRUE(made.binary);
    EXPECT_EQ(made.tail, "");
    EXPECT_EQ(out,
              "\x03\x01\x02\x0e\x04\x00\x01"
              "7"
              "12"
              "realtime:lobby"
              "ping"s);
}

TEST(FrameWrite, ARawBroadcastSaysThatItIsBytes) {
    std::string out;
    const auto made = append_broadcast_head(out, Vsn::v2, {7, 12, "realtime:lobby", "ping", true});
    EXPECT_TRUE(made.binary);
    EXPECT_EQ(made.tail, "");
    EXPECT_EQ(out, "\x03\x01\x02\x0e\x04\x00\x00"s + "712realtime:lobbyping");
}

TEST(FrameWrite, ABroadcastOfVersion1IsText) {
    std::string out;
    const auto made = append_broadcast_head(out, Vsn::v1, {7, 12, "realtime:a", "cdp-result"});
    EXPECT_FALSE(made.binary);
    out += R"({"id":1})";
    out += made.tail;
    EXPECT_EQ(out, R"({"topic":"realtime:a","event":"broadcast","ref":"12","join_ref":"7",)"
                   R"("payload":{"type":"broadcast","event":"cdp-result","payload":{"id":1}}})");
}

TEST(FrameWrite, NamesBeyondOneByteOfLengthGoAsText) {
    for (const std::size_t size : {255u, 256u}) {
        std::string out;
        const auto made = append_broadcast_head(out, Vsn::v2, {7, 12, "realtime:a", std::string(size, 'e')});
        EXPECT_EQ(made.binary, size == 255);
        if (made.binary) continue;
        out += "{}";
        out += made.tail;
        EXPECT_EQ(out, R"(["7","12","realtime:a","broadcast",{"type":"broadcast","event":")" + std::string(size, 'e') +
                           R"(","payload":{}}])");
    }
}

TEST(FrameWrite, TheJoinIsTheRecordedOne) {
    std::string payload;
    append_join_payload(payload, {.ack = false}, "a.b.c");
    std::string out;
    append_push(out, Vsn::v2, {1, 1, "realtime:device:x", "phx_join"}, payload);
    EXPECT_EQ(out, R"(["1","1","realtime:device:x","phx_join",{"config":{"broadcast":{"ack":false,"self":false},)"
                   R"("presence":{"enabled":false,"key":""},"postgres_changes":[],"private":true},)"
                   R"("access_token":"a.b.c"}])");
}

TEST(FrameWrite, ReplayIsLeftOutUnlessAskedFor) {
    std::string without;
    append_join_payload(without, {}, "t");
    EXPECT_EQ(without.find("replay"), std::string::npos);
    std::string with;
    append_join_payload(with, {.replay_since_ms = 1795452411000}, "t");
    EXPECT_NE(with.find(R"("replay":{"since":1795452411000,"limit":25})"), std::string::npos);
}

TEST(FrameWrite, HeartbeatHasNoJoinRef) {
    std::string out;
    append_push(out, Vsn::v2, {no_ref, 42, heartbeat_topic, "heartbeat"}, "{}");
    EXPECT_EQ(out, R"([null,"42","phoenix","heartbeat",{}])");
    out.clear();
    append_push(out, Vsn::v1, {no_ref, 42, heartbeat_topic, "heartbeat"}, "{}");
    EXPECT_EQ(out, R"({"topic":"phoenix","event":"heartbeat","ref":"42","join_ref":null,"payload":{}})");
}

}  // namespace
}  // namespace realtime
