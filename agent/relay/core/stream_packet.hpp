// One broadcast of a message stream: how it is read and written. A message stream carries the messages of a client in
// one direction (contract, "Clients"): `seq` numbers its broadcasts from 1, `ack` and `nack` answer those of the other
// direction. A message that is larger than a broadcast travels in parts. Bytes, which the stream of a sealed client
// carries in place of messages, stand in base64 among the members, or beside them in a raw broadcast
// (agent/realtime/core/raw_payload.hpp).
//
// Pure. Whatever comes in is judged in full before any of it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

/// Numbers beyond this are refused: JavaScript does not count further.
inline constexpr std::uint64_t max_packet_number = (std::uint64_t{1} << 53) - 1;
/// Parts of one message.
inline constexpr std::uint64_t max_packet_parts = std::uint64_t{1} << 20;

/// Whole messages of one broadcast: each is work, however short it is, and the loop does nothing else meanwhile.
inline constexpr std::size_t max_packet_messages = 16'384;

/// What a broadcast says. The views are slices of its text and of its bytes.
struct Packet {
    std::optional<std::uint64_t> seq;   // nothing: a bare acknowledgement
    std::optional<std::uint64_t> ack;   // the highest number that the sender has received in order
    std::optional<std::uint64_t> nack;  // likewise; what follows that number is to be sent again
    std::string_view list;              // JSON text of the array of messages; empty where it is a part
    std::uint64_t part = 0;             // from 1; 0: not a part
    std::uint64_t parts = 0;
    std::string_view data;  // JSON text of a string: of a part, a slice of the message's text; of bytes, their base64
    std::string_view raw;   // bytes beside the text
};

struct PacketRead {
    Packet packet;
    std::string_view wrong;  // why it cannot be used, as a sentence; empty: it can
};

/// Reads the members of `object`, JSON text of an object. `list_name` is the member that holds whole messages
/// ("messages" or "items"). An empty one: the stream carries bytes, which is `data` without a part, or `raw`: the bytes
/// that came beside the object, empty for none. Members that do not belong to the stream are ignored.
PacketRead read_packet(std::string_view object, std::string_view list_name, std::string_view raw = {});

/// The members for a bare acknowledgement: `"ack":3`, or `"nack":3`.
std::string write_bare(bool nack, std::uint64_t number);

/// The members that number a broadcast: `"seq":5,"ack":3`.
std::string write_numbers(std::uint64_t seq, std::uint64_t ack);

/// What write_numbers(), the names of the content and what stands between text and bytes take, at most, beside the name
/// of the list.
inline constexpr std::size_t packet_overhead = 128;

/// The end of the slice of `text` that begins at `from` and takes at most `room` bytes as a JSON string, quotes
/// included. It never cuts a character of UTF-8 in two, and takes at least one.
std::size_t slice_end(std::string_view text, std::size_t from, std::size_t room) noexcept;

/// How many slices `text` has.
std::uint64_t count_slices(std::string_view text, std::size_t room) noexcept;

/// Bytes, as the stream of a sealed client carries them: `"data":"…"`, in base64.
std::string write_bytes(std::string_view bytes);
/// How many bytes write_bytes() fits into `room`. At least one.
std::size_t bytes_within(std::size_t room) noexcept;
/// The bytes that write_bytes() was given.
std::string bytes_in(std::string_view members);

/// The content of one part: `"part":1,"parts":4,"data":"…"`.
std::string write_part(std::uint64_t part, std::uint64_t parts, std::string_view slice);

}  // namespace relay
