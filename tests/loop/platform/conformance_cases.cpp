// Sections 1 to 5, 9 and 10: messages and their frames.
#include <array>
#include <utility>

#include "conformance.hpp"

namespace tests::conformance {
namespace {

constexpr std::size_t kib = 1024;

std::string numbered(int section, int part, std::size_t number) {
    return std::to_string(section) + '.' + std::to_string(part) + '.' + std::to_string(number);
}

std::string sized(std::size_t size, bool as_text) {
    return std::string(size, as_text ? '*' : '\xfe');
}

/// A message in frames of at most that size.
std::vector<Frame> in_fragments(std::uint8_t opcode, const std::string& payload, std::size_t size) {
    std::vector<Frame> frames;
    for (std::size_t at = 0; at < payload.size(); at += size) {
        const bool last = at + size >= payload.size();
        frames.push_back({at == 0 ? opcode : continuation, payload.substr(at, size), last});
    }
    return frames;
}

/// A fragment of a text, whose first one or a later one it is.
Frame begin(std::string payload) {
    return {text, std::move(payload), false};
}
Frame more(std::string payload, bool fin) {
    return {continuation, std::move(payload), fin};
}

}  // namespace

std::vector<Case> framing_cases() {
    constexpr std::array<std::size_t, 8> sizes{0, 125, 126, 127, 128, 65535, 65536, 65536};
    std::vector<Case> cases;
    for (const bool as_text : {true, false}) {
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            const Frame frame{as_text ? text : binary, sized(sizes[i], as_text)};
            const bool chopped = i + 1 == sizes.size();
            cases.push_back({numbered(1, as_text ? 1 : 2, i + 1),
                             std::string(as_text ? "text" : "binary") + " of " + std::to_string(sizes[i]) + " bytes" +
                                 (chopped ? " in writes of 997" : ""),
                             {frame},
                             {frame}});
            if (chopped) cases.back().chop = {997};
        }
    }
    return cases;
}

std::vector<Case> ping_cases() {
    const std::string all("\x00\xff\xfe\xfd\xfc\xfb\x00\xff", 8);
    const std::string longest(125, '\xfe');
    std::vector<Frame> ten, ten_answers;
    for (int i = 0; i < 10; ++i) {
        ten.push_back({ping, "payload-" + std::to_string(i)});
        ten_answers.push_back({pong, "payload-" + std::to_string(i)});
    }
    return {
        {"2.1", "a ping without payload", {{ping}}, {{pong}}},
        {"2.2", "a ping with text", {{ping, "Hello, world!"}}, {{pong, "Hello, world!"}}},
        {"2.3", "a ping with bytes that are no UTF-8", {{ping, all}}, {{pong, all}}},
        {"2.4", "a ping of 125 bytes", {{ping, longest}}, {{pong, longest}}},
        {"2.5", "a ping of 126 bytes", {{ping, longest + "x"}}, {}, forbidden},
        {"2.6", "a ping of 125 bytes, by octets", {{ping, longest}}, {{pong, longest}}, 1000, by_octet},
        {"2.7", "a pong that nobody asked for", {{pong}}, {}},
        {"2.8", "such a pong with payload", {{pong, "unsolicited"}}, {}},
        {"2.9", "such a pong, then a ping", {{pong, "unsolicited"}, {ping, "ping"}}, {{pong, "ping"}}},
        {"2.10", "ten pings", ten, ten_answers},
        {"2.11", "ten pings by octets", ten, ten_answers, 1000, by_octet},
    };
}

std::vector<Case> reserved_bit_cases() {
    const Frame hello{text, "Hello, world!"};
    const auto with = [&](std::uint8_t rsv, std::uint8_t opcode = text) {
        return Frame{opcode, opcode == close_frame ? close_payload(1000) : "Hello, world!", true, rsv};
    };
    return {
        {"3.1", "RSV3 in a text", {with(1)}, {}, forbidden},
        {"3.2", "a text, RSV2 in a text, a ping", {hello, with(2), {ping}}, {hello}, forbidden},
        {"3.3", "a text, RSV2 and RSV3, a ping", {hello, with(3), {ping}}, {hello}, forbidden},
        {"3.4", "a text, RSV1, a ping, by octets", {hello, with(4), {ping}}, {hello}, forbidden, by_octet},
        {"3.5", "RSV1 and RSV3 in a binary", {with(5, binary)}, {}, forbidden},
        {"3.6", "RSV1 and RSV2 in a ping", {with(6, ping)}, {}, forbidden},
        {"3.7", "all three in a close frame", {with(7, close_frame)}, {}, forbidden},
    };
}

std::vector<Case> opcode_cases() {
    const Frame hello{text, "Hello, world!"};
    std::vector<Case> cases;
    for (const int part : {1, 2}) {
        const auto first = static_cast<std::uint8_t>(part == 1 ? 3 : 11);
        for (std::uint8_t i = 0; i < 5; ++i) {
            const Frame reserved{static_cast<std::uint8_t>(first + i), i % 2 == 0 ? "" : "reserved opcode"};
            Case one{numbered(4, part, i + 1U), "opcode " + std::to_string(first + i), {}, {}, forbidden};
            if (i >= 2) {
                one.subject += " behind a text, before a ping";
                one.sent = {hello, reserved, {ping}};
                one.expected = {hello};
                if (i == 4) one.chop = by_octet;
            } else {
                one.sent = {reserved};
            }
            cases.push_back(std::move(one));
        }
    }
    return cases;
}

namespace {

/// 5.1 to 5.8: what is cut, and what comes between.
std::vector<Case> cut_messages() {
    const Frame whole{text, "fragment1fragment2"};
    const std::vector<Frame> two{begin("fragment1"), more("fragment2", true)};
    const std::vector<Frame> with_ping{two[0], {ping, "ping payload"}, two[1]};
    const Frame answer{pong, "ping payload"};
    return {
        {"5.1", "a ping in two frames", {{ping, "fragment1", false}, more("fragment2", true)}, {}, forbidden},
        {"5.2", "a pong in two frames", {{pong, "fragment1", false}, more("fragment2", true)}, {}, forbidden},
        {"5.3", "a text in two frames, in one write", two, {whole}, 1000, at_once},
        {"5.4", "a text in two frames, a write each", two, {whole}},
        {"5.5", "a text in two frames, by octets", two, {whole}, 1000, by_octet},
        {"5.6", "a ping between two frames, in one write", with_ping, {answer, whole}, 1000, at_once},
        {"5.7", "a ping between two frames, a write each", with_ping, {answer, whole}},
        {"5.8", "a ping between two frames, by octets", with_ping, {answer, whole}, 1000, by_octet},
    };
}

/// 5.9 to 5.14: a continuation of nothing, the last one or not, in each way of writing.
std::vector<Case> continuations_of_nothing() {
    std::vector<Case> cases;
    for (const bool fin : {true, false}) {
        std::size_t number = fin ? 9 : 12;
        for (const Chop chop : {at_once, by_frame, by_octet}) {
            cases.push_back({"5." + std::to_string(number++),
                             std::string("a ") + (fin ? "last" : "further") + " frame of nothing, then a text",
                             {more("non-continuation payload", fin), {text, "Hello, world!"}},
                             {},
                             forbidden,
                             chop});
        }
    }
    return cases;
}

/// 5.15 to 5.20.
std::vector<Case> mixed_fragments() {
    const std::vector<Frame> two{begin("fragment1"), more("fragment2", true)};
    const auto twice = [](bool fin) {
        const std::vector<Frame> once{more("fragment1", fin), begin("fragment2"), more("fragment3", true)};
        std::vector<Frame> frames = once;
        frames.insert(frames.end(), once.begin(), once.end());
        return frames;
    };
    const std::vector<Frame> five{begin("fragment1"),       more("fragment2", false), {ping, "pongme 1!"},
                                  more("fragment3", false), more("fragment4", false), {ping, "pongme 2!"},
                                  more("fragment5", true)};
    const std::vector<Frame> answers{
        {pong, "pongme 1!"}, {pong, "pongme 2!"}, {text, "fragment1fragment2fragment3fragment4fragment5"}};
    return {
        {"5.15",
         "a text in two frames, a frame of nothing, a text",
         {two[0], two[1], more("fragment3", false), {text, "fragment4"}},
         {{text, "fragment1fragment2"}},
         forbidden},
        {"5.16", "a further frame of nothing before each of two texts", twice(false), {}, forbidden},
        {"5.17", "a last frame of nothing before each of two texts", twice(true), {}, forbidden},
        {"5.18", "two texts, the first one without its end", {begin("fragment1"), {text, "fragment2"}}, {}, forbidden},
        {"5.19", "a text in five frames, pings between", five, answers, 1000, at_once},
        {"5.20", "a text in five frames, pings between, a write each", five, answers},
    };
}

}  // namespace

std::vector<Case> fragmentation_cases() {
    std::vector<Case> cases = cut_messages();
    for (auto&& others : {continuations_of_nothing(), mixed_fragments()}) {
        cases.insert(cases.end(), others.begin(), others.end());
    }
    return cases;
}

namespace {

/// 9.1 and 9.2: one message of each size; 9.5 and 9.6: one message in writes of each size.
void add_large(std::vector<Case>& cases, bool as_text, std::size_t scale) {
    const std::uint8_t opcode = as_text ? text : binary;
    const std::string kind = as_text ? "text of " : "binary of ";
    std::size_t number = 0;
    for (const std::size_t size : {64 * kib, 256 * kib, 1024 * kib, 4096 * kib, 8192 * kib, 16384 * kib}) {
        const Frame frame{opcode, sized(size / scale, as_text)};
        cases.push_back({numbered(9, as_text ? 1 : 2, ++number),
                         kind + std::to_string(frame.payload.size()) + " bytes",
                         {frame},
                         {frame}});
    }
    number = 0;
    const Frame frame{opcode, sized(1024 * kib / scale, as_text)};
    for (const std::size_t octets : {64, 128, 256, 512, 1024, 2048}) {
        cases.push_back({numbered(9, as_text ? 5 : 6, ++number),
                         kind + std::to_string(frame.payload.size()) + " bytes in writes of " + std::to_string(octets),
                         {frame},
                         {frame},
                         1000,
                         {octets}});
    }
}

/// 9.3 and 9.4: one message in frames of each size.
void add_in_frames(std::vector<Case>& cases, bool as_text, std::size_t scale) {
    const std::uint8_t opcode = as_text ? text : binary;
    const Frame whole{opcode, sized(4096 * kib / scale, as_text)};
    std::size_t number = 0;
    for (std::size_t size = 64; size <= 4096 * kib; size *= 4) {
        cases.push_back({numbered(9, as_text ? 3 : 4, ++number),
                         std::to_string(whole.payload.size()) + " bytes in frames of " + std::to_string(size),
                         in_fragments(opcode, whole.payload, size),
                         {whole}});
    }
}

/// 9.7 and 9.8: many messages, each sent when the one before has come back.
void add_round_trips(std::vector<Case>& cases, bool as_text, std::size_t scale) {
    std::size_t number = 0;
    const std::size_t count = scale == 1 ? 1000 : 100;
    for (const std::size_t size : {0, 16, 64, 256, 1024, 4096}) {
        const std::vector<Frame> frames(count, Frame{as_text ? text : binary, sized(size, as_text)});
        Case one{numbered(9, as_text ? 7 : 8, ++number),
                 std::to_string(count) + " round trips of " + std::to_string(size) + " bytes", frames, frames};
        one.each_answered = true;
        cases.push_back(std::move(one));
    }
}

}  // namespace

std::vector<Case> limit_cases() {
    const std::size_t scale = full_sizes() ? 1 : 64;
    std::vector<Case> cases;
    for (const bool as_text : {true, false}) {
        add_large(cases, as_text, scale);
        add_in_frames(cases, as_text, scale);
        add_round_trips(cases, as_text, scale);
    }
    return cases;
}

std::vector<Case> fragmented_echo_cases() {
    const Frame whole{text, std::string(65536, '*')};
    return {{"10.1.1", "a text of 65536 bytes in frames of 1300", in_fragments(text, whole.payload, 1300), {whole}}};
}

}  // namespace tests::conformance
