#include "platform/websocket/frames.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <vector>

namespace platform {
namespace {

// A server's frame in its shortest form.
std::string frame(unsigned first, std::string_view payload) {
    std::string text(1, static_cast<char>(first));
    const std::uint64_t size = payload.size();
    const auto put = [&](int bytes) {
        for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) text += static_cast<char>(size >> shift & 0xFF);
    };
    if (size < 126) {
        put(1);
    } else if (size < 65536) {
        text += '\x7e';
        put(2);
    } else {
        text += '\x7f';
        put(8);
    }
    return text.append(payload);
}

struct Event {
    Found found;
    std::string data;
    bool binary = false;
    std::uint64_t size = 0;
    std::uint16_t code = 0;
    bool operator==(const Event&) const = default;
};

// Feeds `bytes` in pieces of at most `step`, and takes everything that is found.
std::vector<Event> read_all(FrameReader& reader, std::string_view bytes, std::size_t step) {
    std::vector<Event> events;
    for (;;) {
        for (;;) {
            const FrameEvent event = reader.next();
            if (event.found == Found::nothing) break;
            events.push_back({event.found, std::string(event.data), event.binary, event.size, event.code});
            if (event.found == Found::bad_frame || event.found == Found::invalid_utf8) return events;
        }
        if (bytes.empty()) return events;
        const std::span<char> room = reader.prepare();
        EXPECT_GT(room.size(), 0U);
        const std::size_t count = std::min({room.size(), bytes.size(), step});
        std::memcpy(room.data(), bytes.data(), count);
        reader.commit(count);
        bytes.remove_prefix(count);
    }
}

Event message(std::string text, bool binary = false) {
    const std::uint64_t size = text.size();
    return {Found::message, std::move(text), binary, size, 0};
}

constexpr std::size_t big = std::size_t{1} << 20;

TEST(FrameReader, FindsTheSameHoweverTheBytesAreCut) {
    const std::string long_text(70'000, 'l');
    const std::string bytes = frame(0x81, "first") + frame(0x02, "ab") + frame(0x89, "ping") + frame(0x00, "") +
                              frame(0x80, "cd") + frame(0x81, long_text) + frame(0x82, std::string(126, '\xff')) +
                              frame(0x8A, "") + frame(0x01, long_text) + frame(0x80, "") + frame(0x81, "") +
                              frame(0x88,
                                    "\x03\xe8"
                                    "end");
    const std::vector<Event> expected = {message("first"),
                                         {Found::ping, "ping"},
                                         message("abcd", true),
                                         message(long_text),
                                         message(std::string(126, '\xff'), true),
                                         {Found::pong, ""},
                                         message(long_text),
                                         message(""),
                                         {Found::close, "end", false, 0, 1000}};
    for (const std::size_t step : {1, 2, 3, 7, 100, 4096, 65535, 65536, 1'000'000}) {
        FrameReader reader(big);
        EXPECT_EQ(read_all(reader, bytes, step), expected) << step;
    }
}

TEST(FrameReader, SizesAroundEachEdge) {
    for (const std::size_t size :
         {0, 1, 125, 126, 127, 65'521, 65'526, 65'527, 65'532, 65'535, 65'536, 65'537, 131'072}) {
        const std::string text(size, 'x');
        FrameReader reader(big);
        // Behind another frame, so that the window does not begin with it.
        const std::vector<Event> expected = {message("before"), message(text), message("after")};
        EXPECT_EQ(read_all(reader, frame(0x81, "before") + frame(0x81, text) + frame(0x81, "after"), 50'000), expected)
            << size;
    }
}

TEST(FrameReader, PaddingBehindEachMessageIsReadable) {
    // AddressSanitizer tells where it is not.
    for (const std::size_t size : {1, 60'000, 65'526, 65'536, 100'000}) {
        FrameReader reader(big);
        const std::string bytes = frame(0x82, std::string(size, 'x'));
        std::string_view rest = bytes;
        FrameEvent event = reader.next();
        while (event.found == Found::nothing) {
            const std::span<char> room = reader.prepare();
            const std::size_t count = std::min(room.size(), rest.size());
            std::memcpy(room.data(), rest.data(), count);
            reader.commit(count);
            rest.remove_prefix(count);
            event = reader.next();
        }
        ASSERT_EQ(event.data.size(), size);
        volatile char sink = 0;
        for (std::size_t i = 0; i < ByteBuffer::padding; ++i) sink = event.data.data()[size + i];
        (void)sink;
    }
}

TEST(FrameReader, LimitIsExact) {
    for (const std::size_t over : {0, 1}) {
        FrameReader reader(1000);
        const std::string text(1000 + over, 't');
        const std::vector<Event> events = read_all(reader, frame(0x81, text) + frame(0x81, "next"), 77);
        ASSERT_EQ(events.size(), 2U);
        EXPECT_EQ(events[0].size, text.size());
        EXPECT_EQ(events[0].data, std::string(1000, 't'));
        EXPECT_EQ(events[1], message("next"));
    }
}

TEST(FrameReader, LongMessagesLeaveTheirHeadAndTheirSize) {
    FrameReader reader(10'000);
    const std::string long_one = "{\"id\":1," + std::string(200'000, 'x');
    const std::string bytes = frame(0x81, long_one) + frame(0x01, std::string(9'000, 'a')) + frame(0x89, "p") +
                              frame(0x00, std::string(9'000, 'b')) + frame(0x80, std::string(9'000, 'c')) +
                              frame(0x81, "short");
    const std::vector<Event> expected = {{Found::message, long_one.substr(0, 4096), false, long_one.size(), 0},
                                         {Found::ping, "p"},
                                         {Found::message, std::string(4096, 'a'), false, 27'000, 0},
                                         message("short")};
    for (const std::size_t step : {13, 5000, 1'000'000}) {
        FrameReader fresh(10'000);
        EXPECT_EQ(read_all(fresh, bytes, step), expected) << step;
    }
}

TEST(FrameReader, AnnouncedSizeBeyondAllMemoryIsSkippedNotAllocated) {
    FrameReader reader(big);
    const std::string bytes = std::string("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10) + std::string(100'000, 'x');
    EXPECT_TRUE(read_all(reader, bytes, 1'000'000).empty());
}

TEST(FrameReader, ALargeMessageIsHandedOverWithItsMemory) {
    const auto spares = std::make_shared<SpareBuffers>();
    FrameReader reader(big * 4, nullptr, spares);
    const std::string text(big + 5, 'x');
    const std::string bytes = frame(0x81, text) + frame(0x81, "behind it");
    std::string_view rest = bytes;
    FrameEvent event;
    while ((event = reader.next()).found == Found::nothing) {
        const std::span<char> room = reader.prepare();
        const std::size_t count = std::min(room.size(), rest.size());
        std::memcpy(room.data(), rest.data(), count);
        reader.commit(count);
        rest.remove_prefix(count);
    }
    KeptMessage kept = reader.keep();
    ASSERT_TRUE(kept.owner);
    EXPECT_GE(event.data.data() - kept.room.data(), static_cast<std::ptrdiff_t>(FrameReader::headroom));
    EXPECT_LE(event.data.data() + event.data.size(), kept.room.data() + kept.room.size());
    EXPECT_FALSE(reader.keep().owner) << "it was handed over already";
    EXPECT_EQ(read_all(reader, rest, big), std::vector{message("behind it")});
    EXPECT_TRUE(event.data == text) << "it stays where it is";
    EXPECT_FALSE(reader.keep().owner) << "a small one is copied";
    EXPECT_EQ(read_all(reader, frame(0x81, text), big), std::vector{message(text)});
    kept.owner.reset();
    EXPECT_GT(spares->bytes(), big);
}

TEST(FrameReader, TheMemoryOfALargeMessageIsASpareOnceItIsNotReadAnyMore) {
    const auto spares = std::make_shared<SpareBuffers>();
    FrameReader reader(big * 4, nullptr, spares);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(read_all(reader, frame(0x81, std::string(big, 'x')), big).size(), 1U);
        EXPECT_EQ(spares->bytes(), 0U) << "it can still be read";
        reader.prepare();
        EXPECT_GT(spares->bytes(), big);
        EXPECT_LT(spares->bytes(), 2 * big) << "one serves them all";
    }
}

TEST(FrameReader, RefusesWhatTheRfcForbids) {
    const std::string cases[] = {
        frame(0xC1, "rsv1"),
        frame(0xA1, "rsv2"),
        frame(0x91, "rsv3"),
        frame(0x83, "opcode 3"),
        frame(0x8B, "opcode 11"),
        std::string("\x81\x81\0\0\0\0x", 7),              // masked
        std::string("\x81\x7e\x00\x7d", 4),               // 125 in two bytes
        std::string("\x81\x7f\0\0\0\0\0\0\xff\xff", 10),  // 65,535 in eight
        std::string("\x81\x7f\x80\0\0\0\0\0\0\0", 10),    // the highest bit
        frame(0x09, "a ping in pieces"),
        frame(0x89, std::string(126, 'p')),
        frame(0x80, "a continuation of nothing"),
        frame(0x01, "begun") + frame(0x81, "and begun again"),
        frame(0x88, "x"),         // a close code of one byte
        frame(0x88, "\x03\xee"),  // 1006
        frame(0x88, "\x03\xe7"),  // 999
        frame(0x88, "\x13\x88"),  // 5000
    };
    for (const std::string& bytes : cases) {
        for (const std::size_t step : {1, 1000}) {
            FrameReader reader(big);
            const std::vector<Event> events = read_all(reader, bytes, step);
            ASSERT_EQ(events.size(), 1U) << bytes;
            EXPECT_EQ(events[0].found, Found::bad_frame) << bytes;
            EXPECT_EQ(reader.next().found, Found::bad_frame) << "it stays";
        }
    }
}

TEST(FrameReader, TextMustBeUtf8AndBinaryNeedNot) {
    for (const std::string_view text : {"\xc3\x28", "\xed\xa0\x80", "\xf5\x80\x80\x80", "abc\xe4\xb8"}) {
        FrameReader reader(big);
        EXPECT_EQ(read_all(reader, frame(0x81, text), 3).back().found, Found::invalid_utf8);
        FrameReader binary(big);
        EXPECT_EQ(read_all(binary, frame(0x82, text), 3).back(), message(std::string(text), true));
        FrameReader reason(big);
        EXPECT_EQ(read_all(reason, frame(0x88, "\x03\xe8" + std::string(text)), 3).back().found, Found::invalid_utf8);
    }
    // A character may be cut by the border of two frames.
    FrameReader reader(big);
    EXPECT_EQ(read_all(reader, frame(0x01, "\xe6") + frame(0x80, "\xb1\x89"), 1).back(), message("\xe6\xb1\x89"));
}

TEST(FrameReader, RandomBytesNeverHangOrCrash) {
    std::mt19937 random(20'261'123);  // NOLINT: the same bytes each time
    for (int round = 0; round < 3000; ++round) {
        std::string bytes(random() % 300, '\0');
        for (char& c : bytes) c = static_cast<char>(random());
        // Begin with something right now and then, so that more than the first byte is tried.
        if (round % 2 == 0) bytes = frame(round % 4 == 0 ? 0x81 : 0x02, "ok") + bytes;
        FrameReader reader(200);
        read_all(reader, bytes, 1 + random() % 50);
    }
}

TEST(AppendFrame, MasksOverThePartsAsOnePayload) {
    const MaskKey key{0x12, 0x34, 0x56, 0x78};
    for (const std::size_t size : {0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 125, 126, 65'535, 65'536}) {
        std::string payload(size, '\0');
        for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>(i * 31);
        const std::size_t a = size / 3;
        const std::size_t b = size / 2;
        const std::array<std::string_view, 3> parts{std::string_view(payload).substr(0, a),
                                                    std::string_view(payload).substr(a, b - a),
                                                    std::string_view(payload).substr(b)};
        ByteBuffer out;
        append_frame(out, Opcode::text, key, parts);
        std::string expected = frame(0x81, payload);
        const std::size_t header = expected.size() - size;
        expected[1] = static_cast<char>(expected[1] | '\x80');
        std::string masked = payload;
        for (std::size_t i = 0; i < size; ++i) masked[i] = static_cast<char>(masked[i] ^ static_cast<char>(key[i % 4]));
        expected = expected.substr(0, header) + std::string("\x12\x34\x56\x78") + masked;
        EXPECT_TRUE(out.view() == expected) << size;
    }
}

TEST(ClosePayload, CutsTheReasonAtACharacter) {
    EXPECT_EQ(close_payload(1000, ""), "\x03\xe8");
    EXPECT_EQ(close_payload(1001, "bye"),
              "\x03\xe9"
              "bye");
    const std::string many(122, 'a');
    EXPECT_EQ(close_payload(1000, many + "\xe6\xb1\x89"), "\x03\xe8" + many);
    EXPECT_EQ(close_payload(1000, std::string(500, 'a')).size(), 125U);
}

}  // namespace
}  // namespace platform
