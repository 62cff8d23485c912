#include <array>
#include <bit>
#include <cstring>
#include <string>

#include "platform/json/core/check.hpp"
#include "platform/websocket/frames.hpp"

namespace platform {

namespace {

// Copies while masking. `offset` is the place of the first byte in the payload: the key goes on over the parts.
void copy_masked(char* to, std::string_view from, MaskKey key, std::size_t offset) {
    std::array<std::uint8_t, 8> turned{};
    for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = key[(offset + i) % key.size()];
    const auto word_key = std::bit_cast<std::uint64_t>(turned);
    std::size_t i = 0;
    for (; i + sizeof word_key <= from.size(); i += sizeof word_key) {
        std::uint64_t word = 0;
        std::memcpy(&word, from.data() + i, sizeof word);
        word ^= word_key;
        std::memcpy(to + i, &word, sizeof word);
    }
    for (; i < from.size(); ++i) {
        to[i] = static_cast<char>(static_cast<std::uint8_t>(from[i]) ^ turned[i % turned.size()]);
    }
}

std::size_t write_header(char* to, Opcode opcode, std::uint64_t payload, MaskKey key) {
    std::size_t size = 0;
    const auto put = [&](std::uint64_t byte) { to[size++] = static_cast<char>(byte & 0xFFU); };
    put(0x80U | static_cast<unsigned>(opcode));
    if (payload < 126) {
        put(0x80U | payload);
    } else {
        const int bytes = payload <= 0xFFFF ? 2 : 8;
        put(0x80U | (bytes == 2 ? 126U : 127U));
        for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) put(payload >> static_cast<unsigned>(shift));
    }
    for (const std::uint8_t byte : key) put(byte);
    return size;
}

}  // namespace

void append_frame_header(ByteBuffer& out, Opcode opcode, MaskKey key, std::size_t payload) {
    char* const to = out.prepare(max_frame_header);
    out.commit(write_header(to, opcode, payload, key));
}

void append_masked(ByteBuffer& out, std::string_view part, MaskKey key, std::size_t offset) {
    if (part.empty()) return;
    char* const to = out.prepare(part.size());
    if (key == MaskKey{})
        std::memcpy(to, part.data(), part.size());
    else
        copy_masked(to, part, key, offset);
    out.commit(part.size());
}

void append_frame(ByteBuffer& out, Opcode opcode, MaskKey key, std::span<const std::string_view> parts) {
    std::size_t payload = 0;
    for (const std::string_view part : parts) payload += part.size();
    out.prepare(max_frame_header + payload);
    append_frame_header(out, opcode, key, payload);
    std::size_t offset = 0;
    for (const std::string_view part : parts) {
        append_masked(out, part, key, offset);
        offset += part.size();
    }
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
    constexpr std::size_t max_reason = 125 - 2;  // of a control frame's payload, the code is two bytes
    reason = reason.substr(0, max_reason);
    while (!reason.empty() && !valid_utf8(reason)) reason.remove_suffix(1);
    std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
    return payload.append(reason);
}

}  // namespace platform
