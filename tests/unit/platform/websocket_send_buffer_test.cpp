// The frames that wait to be written: their order, what is handed out to be written, whose memory serves.
#include "platform/websocket/send_buffer.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <memory>
#include <set>
#include <string>

namespace platform {
namespace {

constexpr std::size_t piece = std::size_t{128} << 10;  // less than what is best, for quick tests

/// A text frame of a client without a mask, up to 125 bytes.
std::string frame(std::string_view text) {
    std::string bytes{'\x81', static_cast<char>(0x80 | text.size()), '\0', '\0', '\0', '\0'};
    return bytes.append(text);
}

struct WebSocketSendBuffer : testing::Test {
    void put(std::string_view text, bool writing = false) { buffer.append(Opcode::text, std::span(&text, 1), writing); }
    /// What a writer that is given `bytes` at a time sends in all.
    std::string drain(std::size_t bytes) {
        std::string all;
        while (!buffer.empty()) {
            const auto next = buffer.next(piece).substr(0, bytes);
            all.append(next);
            buffer.advance(next.size());
        }
        buffer.recycle();
        return all;
    }

    SendBuffer buffer{false};
};

TEST_F(WebSocketSendBuffer, IsEmptyAtFirst) {
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.size(), 0U);
    EXPECT_EQ(buffer.next(), "");
    buffer.recycle();
    EXPECT_TRUE(buffer.empty());
}

TEST_F(WebSocketSendBuffer, GathersWhatIsQueuedInItsOrder) {
    put("one");
    put("two");
    EXPECT_EQ(buffer.size(), frame("one").size() * 2);
    EXPECT_EQ(buffer.queued(), buffer.size());
    EXPECT_EQ(buffer.next(), frame("one") + frame("two")) << "one write for both";
    EXPECT_EQ(buffer.queued(), 0U);
    EXPECT_EQ(buffer.size(), frame("one").size() * 2) << "not written yet";
}

TEST_F(WebSocketSendBuffer, WhatIsQueuedWhileItIsWrittenComesBehind) {
    put("one");
    const auto first = std::string(buffer.next());
    put("two", true);
    buffer.advance(2);
    EXPECT_EQ(buffer.next(), first.substr(2)) << "the rest of the first frame before the second";
    buffer.advance(first.size() - 2);
    EXPECT_EQ(buffer.next(), frame("two"));
    buffer.advance(frame("two").size());
    EXPECT_TRUE(buffer.empty());
}

TEST_F(WebSocketSendBuffer, WhatIsHandedOutStaysWhereItIsWhileMoreIsQueued) {
    put("one");
    const auto view = buffer.next();
    const std::string before(view);
    for (int i = 0; i < 1000; ++i) put("more and more of it", true);
    EXPECT_EQ(view, before);
}

TEST_F(WebSocketSendBuffer, ComesOutWholeHoweverLittleIsTakenAtATime) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{7}, std::size_t{1000}}) {
        put("alpha");
        put("");
        put("gamma");
        EXPECT_EQ(drain(step), frame("alpha") + frame("") + frame("gamma")) << step;
    }
}

TEST_F(WebSocketSendBuffer, RecyclingInTheMiddleOfAFrameLosesNothing) {
    put("alpha");
    const auto all = std::string(buffer.next());
    buffer.advance(3);
    buffer.recycle();
    EXPECT_EQ(buffer.next(), all.substr(3));
}

TEST_F(WebSocketSendBuffer, APartAtATimeIsOneFrame) {
    const std::array<std::string_view, 3> parts{"he", "", "llo"};
    buffer.append(Opcode::text, parts, false);
    EXPECT_EQ(buffer.next(), frame("hello"));
}

std::string large_text() {
    std::string text(3 * piece + 77, '?');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 23);
    return text;
}

/// The payload of the only frame in `bytes`, which is one with a length of eight bytes.
std::string unmasked(std::string_view bytes) {
    constexpr std::size_t header = 14;
    std::string text(bytes.substr(header));
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(text[i] ^ bytes[header - 4 + i % 4]);
    return text;
}

TEST_F(WebSocketSendBuffer, ASharedBodyComesOutInItsPlaceHoweverLittleIsTakenAtATime) {
    const std::string body = large_text();
    for (const std::size_t step : {std::size_t{7}, std::size_t{4096}, piece, body.size() * 2}) {
        put("before");
        buffer.append_shared(Opcode::text, "head,", body, ",tail", false);
        put("between");
        buffer.append_shared(Opcode::text, "", body, "", false);
        put("behind");
        const std::size_t size = buffer.size();
        const std::string all = drain(step);
        EXPECT_EQ(all.size(), size);
        const std::string_view parts[] = {"head,", body, ",tail"};
        ByteBuffer expected;
        append_frame(expected, Opcode::text, {}, parts);
        const std::string second(expected.view());
        expected.clear();
        append_frame(expected, Opcode::text, {}, std::span(parts).subspan(1, 1));
        EXPECT_TRUE(all == frame("before") + second + frame("between") + std::string(expected.view()) + frame("behind"))
            << step;
    }
}

TEST_F(WebSocketSendBuffer, MasksASharedBodyAsAPartOfItsPayload) {
    SendBuffer masked{true};
    const std::string body = large_text();
    masked.append_shared(Opcode::text, "odd", body, "end", false);
    std::string all;
    while (!masked.empty()) {
        const auto next = masked.next(piece).substr(0, 10'001);
        all.append(next);
        masked.advance(next.size());
    }
    EXPECT_EQ(all.find(body.substr(0, 100)), std::string::npos);
    EXPECT_TRUE(unmasked(all) == "odd" + body + "end");
}

TEST_F(WebSocketSendBuffer, HoldsASharedBodyUntilItIsWrittenAndNoLonger) {
    auto owner = std::make_shared<const std::string>(large_text());
    const std::weak_ptr<const std::string> watched = owner;
    buffer.append_shared(Opcode::text, "", SharedText{owner, *owner}, "", false);
    owner.reset();
    const auto first = buffer.next(piece);
    EXPECT_LE(first.size(), piece) << "a piece at a time";
    buffer.advance(first.size());
    EXPECT_FALSE(watched.expired());
    drain(1 << 20);
    EXPECT_TRUE(watched.expired());
}

TEST_F(WebSocketSendBuffer, APieceIsAsLargeAsTheCallerWantsAndItsMemoryIsASpareAfterwards) {
    const std::string body(std::size_t{2} << 20, 'x');
    const auto spares = std::make_shared<SpareBuffers>();
    for (const std::size_t wanted : {std::size_t{4096}, SpareBuffers::large * 2}) {
        SendBuffer sent{false, spares};
        sent.append_shared(Opcode::text, "", body, "", false);
        EXPECT_EQ(sent.next(wanted).size(), wanted);
        while (!sent.empty()) sent.advance(sent.next(wanted).size());
        sent.recycle();
        EXPECT_EQ(spares->bytes() > 0, wanted > SpareBuffers::large) << wanted;
    }
    EXPECT_EQ(spares->bytes(), SpareBuffers::large * 2);
    SendBuffer again{false, spares};
    again.append_shared(Opcode::text, "", body, "", false);
    EXPECT_EQ(again.next(SpareBuffers::large + 1).size(), SpareBuffers::large + 1) << "though the spare is larger";
    EXPECT_EQ(spares->bytes(), 0U) << "it is in use";
}

#ifndef __SANITIZE_ADDRESS__  // the sanitizer's own places in memory leave no room for a limit
/// 0: a body whose piece had no memory came whole, in smaller pieces.
int send_without_memory() {
    SendBuffer sent{false};
    const std::string body(std::size_t{72} << 20, 'x');
    sent.append_shared(Opcode::text, "", body, "", false);
    {
        ByteBuffer room;
        room.reserve(std::size_t{64} << 10);  // for a small piece, whatever else the heap has free
    }
    const rlimit none{0, RLIM_INFINITY};  // what is there stays, and there is no more
    if (::setrlimit(RLIMIT_AS, &none) != 0) return 1;
    const std::size_t all = sent.size();
    std::size_t come = 0;
    while (!sent.empty()) {
        const std::size_t size = sent.next(body.size()).size();
        if (size == 0 || size >= body.size()) return 2;
        come += size;
        sent.advance(size);
    }
    return come == all ? 0 : 3;
}

TEST_F(WebSocketSendBuffer, WhereMemoryIsShortABodyIsSentInSmallerPieces) {
    EXPECT_EXIT(std::_Exit(send_without_memory()), testing::ExitedWithCode(0), "");
}
#endif

TEST_F(WebSocketSendBuffer, ALittleBodyTakesLittleMemory) {
    const auto spares = std::make_shared<SpareBuffers>();
    SendBuffer sent{false, spares};
    sent.append_shared(Opcode::text, "", std::string(1000, 'x'), "", false);
    EXPECT_EQ(sent.next().size(), 1008U);
    sent.advance(1008);
    sent.recycle();
    EXPECT_EQ(spares->bytes(), 0U);
}

TEST_F(WebSocketSendBuffer, ALargeMessagesMemoryIsASpareAfterwards) {
    const auto spares = std::make_shared<SpareBuffers>();
    SendBuffer with{false, spares};
    const std::string text = large_text();
    const std::string_view part = text;
    with.append(Opcode::text, std::span(&part, 1), false);
    with.advance(with.next().size());
    EXPECT_EQ(spares->bytes(), 0U);
    with.recycle();
    EXPECT_GE(spares->bytes(), text.size());
}

TEST_F(WebSocketSendBuffer, MasksEachFrameWithAnotherKey) {
    SendBuffer masked{true};
    const std::string_view text = "secret words";
    std::set<std::string> keys;
    for (int i = 0; i < 2000; ++i) {  // more than are drawn at a time
        masked.append(Opcode::text, std::span(&text, 1), false);
        const std::string bytes(masked.next());
        masked.advance(bytes.size());
        EXPECT_EQ(bytes.find(text), std::string::npos);
        const auto key = bytes.substr(2, 4);
        std::string plain;
        for (std::size_t at = 0; at < text.size(); ++at) plain += static_cast<char>(bytes[6 + at] ^ key[at % 4]);
        EXPECT_EQ(plain, text);
        keys.insert(key);
    }
    EXPECT_GT(keys.size(), 1990U);
}

}  // namespace
}  // namespace platform
