// The cases of RFC 6455 for a client that echoes, numbered as the public conformance suite (Autobahn) numbers its
// subjects, and what runs them: a scripted server on loopback writes raw frames, the client under test is an echo over
// platform/websocket, and the server compares the frames that come back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tests::conformance {

inline constexpr std::uint8_t continuation = 0x0, text = 0x1, binary = 0x2, close_frame = 0x8, ping = 0x9, pong = 0xA;

/// Close codes.
inline constexpr std::uint16_t normal = 1000, forbidden = 1002, not_utf8 = 1007;

/// A frame of either side. `opcode` may be a reserved one.
struct Frame {
    std::uint8_t opcode = text;
    std::string payload = {};
    bool fin = true;
    std::uint8_t rsv = 0;  // 1 to 7: RSV1 is 4

    bool operator==(const Frame&) const = default;
};

/// How the server's bytes are cut into writes.
struct Chop {
    std::size_t octets = 0;  // of each write; 0: a write for each frame, or one for all
    bool together = false;   // all frames in one write
};
inline constexpr Chop by_frame{}, at_once{0, true}, by_octet{1, false};

/// What the RFC leaves to the client where more than one end is right.
enum class Strictness : std::uint8_t {
    ok,          // what the suite wants
    non_strict,  // right by the RFC, later than the suite would like: UTF-8 is judged when the message is whole
};

struct Case {
    std::string id;  // "5.19"
    std::string subject;
    std::vector<Frame> sent = {};      // by the server; a close frame with 1000 follows where there is none
    std::vector<Frame> expected = {};  // from the client before its close frame
    std::uint16_t code = 1000;         // of the client's close frame
    Chop chop = by_frame;
    bool each_answered = false;  // the server waits for an answer to each frame before it sends the next one
    Strictness strictness = Strictness::ok;
};

std::string close_payload(std::uint16_t code, std::string_view reason = {});

/// Sizes of section 9 and of the round trips are divided by 64 unless BMC_CONFORMANCE=full.
bool full_sizes();

std::vector<Case> framing_cases();          // 1
std::vector<Case> ping_cases();             // 2
std::vector<Case> reserved_bit_cases();     // 3
std::vector<Case> opcode_cases();           // 4
std::vector<Case> fragmentation_cases();    // 5
std::vector<Case> utf8_cases();             // 6
std::vector<Case> close_cases();            // 7
std::vector<Case> limit_cases();            // 9
std::vector<Case> fragmented_echo_cases();  // 10

/// The cases of section 6 that hold one whole text, each cut into two frames at every position.
std::vector<Case> cut_cases();

/// Runs the case over loopback. Empty: as expected; else what was different.
std::string run_case(const Case& one);

}  // namespace tests::conformance
