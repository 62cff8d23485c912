#include "agent/realtime/core/outline.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/realtime/core/frame.hpp"
#include "agent/realtime/core/payload_id.hpp"

namespace realtime {
namespace {

using namespace std::string_literals;

/// Whatever the pieces, the outline is the same.
std::string outline_of(std::string_view text, std::size_t levels) {
    JsonOutline whole{levels};
    whole.add(text);
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}}) {
        JsonOutline outline{levels};
        for (std::size_t at = 0; at < text.size(); at += size) outline.add(text.substr(at, size));
        EXPECT_EQ(outline.text(), whole.text()) << size;
    }
    return std::string{whole.text()};
}

TEST(JsonOutline, KeepsTheUpperLevelsAndWhatStandsBehindTheLowerOnes) {
    EXPECT_EQ(outline_of(R"({"method":"Page.navigate","params":{"url":["}","]\"",{"a":1}],"x":2},"id":"c-7"})", 1),
              R"({"method":"Page.navigate","params":{},"id":"c-7"})");
    EXPECT_EQ(outline_of(R"([null, "2", "t", {"payload": {"id": -1.5e3, "params": [[1], 2]}} ])", 3),
              R"([null,"2","t",{"payload":{"id":-1.5e3,"params":[]}}])");
    EXPECT_EQ(outline_of(R"({"a":{"b":"\\"},"c":"\"{"})", 1), R"({"a":{},"c":"\"{"})");
}

TEST(JsonOutline, CutsLongStringsBetweenCharacters) {
    const auto kept = JsonOutline::kept_of_string;
    EXPECT_EQ(outline_of('"' + std::string(kept, 'x') + '"', 1).size(), kept + 2);
    EXPECT_EQ(outline_of('"' + std::string(kept + 1, 'x') + '"', 1).size(), kept + 2);
    for (const std::string& unit : {R"(\u12aB)"s, R"(\\)"s, R"(\")"s, "\u00fc"s, "\U0001F600"s}) {
        for (std::size_t shift = 0; shift < unit.size(); ++shift) {
            std::string text = '"' + std::string(shift, 'x');
            while (text.size() < 3 * kept) text += unit;
            const auto outline = outline_of(text + '"', 1);
            EXPECT_LT(outline.size(), kept + 2 + unit.size());
            EXPECT_FALSE(nlohmann::json::parse(outline, nullptr, false).is_discarded()) << outline;
        }
    }
}

TEST(JsonOutline, IsBoundedWhateverComes) {
    std::string many = "{";
    for (int i = 0; i < 100'000; ++i) many += "\"k" + std::to_string(i) + "\":0,";
    EXPECT_EQ(outline_of(many, 1), "");
    EXPECT_EQ(outline_of(std::string(1'000'000, '['), 1), "[[");
    EXPECT_EQ(outline_of(std::string(1'000'000, '7'), 1), "");
    EXPECT_EQ(outline_of(std::string(JsonOutline::most_bytes, '7'), 1).size(), JsonOutline::most_bytes);
    EXPECT_EQ(outline_of("]]]}}}1", 1), "]]]}}}1") << "what is no JSON is made none";
}

/// What the Decoder makes of the outline of a frame.
Frame decoded(Decoder& decoder, FrameOutline& outline, std::string_view frame, bool binary) {
    outline.begin(binary);
    for (std::size_t at = 0; at < frame.size(); at += 100) outline.add(frame.substr(at, 100));
    Frame out;
    EXPECT_EQ(decoder.decode(outline.text(), outline.binary(), out), Unreadable::none) << outline.text();
    return out;
}

TEST(FrameOutline, IsReadAsAWholeFrameIsWhereverTheIdStands) {
    const std::string params = R"({"expression":")" + std::string(100'000, 'y') + R"("})";
    FrameOutline outline;
    for (const std::string& command : {R"({"id":"c-1","method":"Runtime.evaluate","params":)" + params + "}",
                                       R"({"method":"Runtime.evaluate","params":)" + params + R"(,"id":"c-1"})"}) {
        Decoder v2{Vsn::v2};
        const auto array = R"(["1",null,"realtime:device:u","broadcast",{"type":"broadcast","payload":)" + command +
                           R"(,"event":"cdp-command","meta":{"id":"m"}}])";
        const Frame text = decoded(v2, outline, array, false);
        EXPECT_EQ(text.event, "cdp-command");
        EXPECT_EQ(text.topic, "realtime:device:u");
        EXPECT_EQ(text.meta_id, "m");
        EXPECT_EQ(id_in(text.payload), R"("c-1")");

        Decoder v1{Vsn::v1};
        const auto object = R"({"topic":"realtime:device:u","event":"broadcast","payload":{"event":"cdp-command",)"
                            R"("payload":)" +
                            command + R"(},"ref":null})";
        EXPECT_EQ(id_in(decoded(v1, outline, object, false).payload), R"("c-1")");

        const auto binary = "\x04\x11\x0b\x0a\x01realtime:device:ucdp-command{\"id\":\"m\"}"s + command;
        const Frame raw = decoded(v2, outline, binary, true);
        EXPECT_EQ(raw.event, "cdp-command");
        EXPECT_EQ(raw.meta_id, "m");
        EXPECT_EQ(id_in(raw.payload), R"("c-1")");
    }
}

TEST(FrameOutline, OfARawPayloadTheTextCountsAlone) {
    const std::string bytes(100'000, '\xff');
    const auto head = "\x04\x11\x0b\x00\x00realtime:device:ucdp-command"s;
    Decoder v2{Vsn::v2};
    FrameOutline outline;
    const std::string post = R"({"id":"c-1","method":"Agent.post","params":{"client":"c"}})";
    const Frame frame = decoded(v2, outline, head + post + '\0' + bytes, true);
    EXPECT_TRUE(frame.raw);
    EXPECT_EQ(frame.payload, R"({"id":"c-1","method":"Agent.post","params":{}})");
    for (const std::string& rest : {'\0' + bytes, bytes}) {
        outline.begin(true);
        outline.add(head + rest);
        Frame none;
        EXPECT_NE(v2.decode(outline.text(), true, none), Unreadable::none) << "there is no text to read";
    }
    const Frame other = decoded(v2, outline, head + R"({"id":"c-2"})", true);
    EXPECT_EQ(id_in(other.payload), R"("c-2")") << "the one before has left nothing";
}

TEST(FrameOutline, OtherBinaryKindsAndBrokenOnesHaveNone) {
    Decoder decoder{Vsn::v2};
    Frame frame;
    FrameOutline outline;
    outline.begin(true);
    outline.add("\x03" + std::string(100'000, '\x01'));
    EXPECT_NE(decoder.decode(outline.text(), true, frame), Unreadable::none);
    outline.begin(true);
    outline.add("\x04\xff\xff\xff\x01"s);
    EXPECT_NE(decoder.decode(outline.text(), true, frame), Unreadable::none);
    outline.begin(false);
    outline.add(R"(["1",null,"t","broadcast",)");
    EXPECT_NE(decoder.decode(outline.text(), false, frame), Unreadable::none);
}

}  // namespace
}  // namespace realtime
