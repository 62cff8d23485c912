#include "agent/relay/core/stream_packet.hpp"

#include <algorithm>

#include "platform/core/base64.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

using platform::JsonKind;

constexpr std::string_view repeated = "A member is repeated.";
constexpr std::string_view not_a_number = "A number is no whole number from 0 to 2^53 - 1.";

/// A byte of a JSON string takes at most so much.
constexpr std::size_t most_escaped = 6;

constexpr std::string_view bytes_begin = R"("data":")";

std::size_t escaped_size(char c) noexcept {
    if (c == '"' || c == '\\') return 2;
    const auto byte = static_cast<unsigned char>(c);
    constexpr unsigned char first_plain = 0x20;
    return byte < first_plain ? most_escaped : 1;
}

bool continues_character(char c) noexcept {
    constexpr unsigned char mask = 0xc0;
    constexpr unsigned char continuation = 0x80;
    return (static_cast<unsigned char>(c) & mask) == continuation;
}

/// Takes the members one by one.
struct Reader {
    PacketRead out;
    std::string_view list_name;
    bool has_part = false;
    bool has_parts = false;

    void refuse(std::string_view why) {
        if (out.wrong.empty()) out.wrong = why;
    }

    bool number(std::string_view value, std::uint64_t& number) {
        if (platform::read_unsigned(value, number) && number <= max_packet_number) return true;
        refuse(not_a_number);
        return false;
    }

    void take_number(std::optional<std::uint64_t>& slot, std::string_view value) {
        if (slot) return refuse(repeated);
        slot = 0;
        number(value, *slot);
    }

    void take_count(bool& has, std::uint64_t& slot, std::string_view value) {
        if (has) return refuse(repeated);
        has = true;
        number(value, slot);
    }

    void take_value(std::string_view& slot, std::string_view value, JsonKind kind, std::string_view otherwise) {
        if (!slot.empty()) return refuse(repeated);
        if (platform::json_kind(value) != kind) return refuse(otherwise);
        slot = value;
    }

    void take(std::string_view key, std::string_view value) {
        Packet& packet = out.packet;
        if (key == "seq") return take_number(packet.seq, value);
        if (key == "ack") return take_number(packet.ack, value);
        if (key == "nack") return take_number(packet.nack, value);
        if (key == "part") return take_count(has_part, packet.part, value);
        if (key == "parts") return take_count(has_parts, packet.parts, value);
        if (key == "data") return take_value(packet.data, value, JsonKind::string, "\"data\" is no string.");
        if (key == list_name && !key.empty())
            take_value(packet.list, value, JsonKind::array, "The messages are no array.");
    }

    void judge_bytes() {
        if (has_part || has_parts) return refuse("The stream is sealed, and there is a part.");
        const bool both = !out.packet.data.empty() && !out.packet.raw.empty();
        if (both) return refuse("There are bytes and \"data\" at once.");
        if (out.packet.data == R"("")") refuse("There is no data.");
    }

    void judge() {
        const Packet& packet = out.packet;
        const bool piece = has_part || has_parts || !packet.data.empty();
        const bool content = piece || !packet.list.empty() || !packet.raw.empty();
        if (!packet.seq) {
            if (content) return refuse("There are messages without a \"seq\".");
            if (!packet.ack && !packet.nack) return refuse("There is neither a \"seq\" nor an \"ack\".");
            return;
        }
        if (*packet.seq == 0) return refuse("\"seq\" counts from 1.");
        if (!content) return refuse("There is a \"seq\" without messages.");
        if (list_name.empty()) return judge_bytes();
        if (!packet.raw.empty()) return refuse("There are bytes, and the stream is not sealed.");
        if (!piece) return;
        if (!packet.list.empty()) return refuse("There are messages and a part of one at once.");
        if (!has_part || !has_parts || packet.data.empty()) return refuse("A part needs part, parts and data.");
        if (packet.part == 0 || packet.part > packet.parts || packet.parts > max_packet_parts) {
            return refuse("\"part\" counts from 1 to \"parts\", which is at most 2^20.");
        }
        if (packet.data == R"("")") return refuse("A part is empty.");
    }
};

}  // namespace

PacketRead read_packet(std::string_view object, std::string_view list_name, std::string_view raw) {
    Reader reader{.out = {}, .list_name = list_name};
    reader.out.packet.raw = raw;
    const auto visit = [&reader](std::string_view key, std::string_view value) {
        reader.take(key, value);
        return true;
    };
    const auto verdict = platform::for_each_member(object, visit, platform::max_json_depth_limit);
    if (!verdict.ok() || !platform::valid_utf8(object)) {
        reader.out.packet = {};
        reader.out.wrong = "It is not valid JSON in UTF-8.";
        return reader.out;
    }
    if (reader.out.wrong.empty()) reader.judge();
    return reader.out;
}

std::string write_bare(bool nack, std::uint64_t number) {
    return (nack ? R"("nack":)" : R"("ack":)") + std::to_string(number);
}

std::string write_numbers(std::uint64_t seq, std::uint64_t ack) {
    return R"("seq":)" + std::to_string(seq) + R"(,"ack":)" + std::to_string(ack);
}

std::size_t slice_end(std::string_view text, std::size_t from, std::size_t room) noexcept {
    std::size_t taken = 2;  // the quotes
    std::size_t end = from;
    while (end < text.size()) {
        std::size_t next = end + 1;
        std::size_t size = escaped_size(text[end]);
        while (next < text.size() && continues_character(text[next])) ++size, ++next;
        if (end > from && taken + size > room) break;
        taken += size;
        end = next;
    }
    return end;
}

std::uint64_t count_slices(std::string_view text, std::size_t room) noexcept {
    std::uint64_t count = 0;
    for (std::size_t at = 0; at < text.size(); at = slice_end(text, at, room)) ++count;
    return count;
}

std::string write_bytes(std::string_view bytes) {
    return std::string{bytes_begin}.append(platform::base64(bytes)).append(1, '"');
}

std::size_t bytes_within(std::size_t room) noexcept {
    const std::size_t around = bytes_begin.size() + 1;
    return std::max<std::size_t>(room > around ? (room - around) / 4 * 3 : 0, 1);
}

std::string bytes_in(std::string_view members) {
    const auto text = members.substr(bytes_begin.size(), members.size() - bytes_begin.size() - 1);
    return platform::from_base64(text).value_or(std::string{});
}

std::string write_part(std::uint64_t part, std::uint64_t parts, std::string_view slice) {
    std::string out = R"("part":)" + std::to_string(part) + R"(,"parts":)" + std::to_string(parts) + R"(,"data":)";
    out.reserve(out.size() + slice.size() + slice.size() / 8 + 2);
    platform::append_quoted(out, slice);
    return out;
}

}  // namespace relay
