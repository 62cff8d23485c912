#include "platform/websocket/frames.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <limits>

namespace platform {

namespace {

constexpr std::size_t max_control = 125;  // bytes of a control frame's payload
constexpr unsigned small_messages_until_release = 16;
constexpr std::size_t least_read = 4096;  // bytes; less room is made more by moving to the front

bool is_control(Opcode opcode) {
    return (static_cast<unsigned>(opcode) & 0x8U) != 0;
}

bool is_known(unsigned opcode) {
    return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA);
}

// RFC 6455, 7.4: what may stand in a close frame.
bool is_valid_close_code(std::uint16_t code) {
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
           (code >= 3000 && code <= 4999);
}

std::uint64_t read_big_endian(const char* at, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8U | static_cast<std::uint8_t>(at[i]);
    return value;
}

bool is_utf8(std::string_view text) {
    return simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace

FrameReader::FrameReader(std::size_t max_message, SkippedMessage* skipped)
    : max_message_(max_message), skipped_(skipped) {
    window_.reserve(window_size);
    std::memset(window_.data(), 0, window_size + ByteBuffer::padding);
}

std::span<char> FrameReader::prepare() {
    release_idle_memory();
    if (remaining_ > 0 && !skipping_ && available() == 0) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, read_at_most));
        return {message_.prepare(wanted), wanted};
    }
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (begin_ > 0 && (window_size - end_ < least_read || begin_ > window_size / 2)) {
        std::memmove(window_.data(), window_.data() + begin_, available());
        end_ -= begin_;
        begin_ = 0;
    }
    return {window_.data() + end_, window_size - end_};
}

void FrameReader::commit(std::size_t count) {
    if (remaining_ > 0 && !skipping_ && available() == 0) {
        message_.commit(count);
        remaining_ -= count;
        return;
    }
    end_ += count;
}

FrameEvent FrameReader::next() {
    for (;;) {
        if (failed_ != Found::nothing) return {.found = failed_};
        if (remaining_ > 0 || (in_message_ && last_frame_)) {
            const FrameEvent event = go_on();
            if (event.found != Found::nothing || remaining_ > 0) return event;
            continue;
        }
        Header header{};
        switch (parse_header(header)) {
            case Parse::more:
                return {};
            case Parse::bad:
                return fail(Found::bad_frame);
            case Parse::ok:
                break;
        }
        if (!is_allowed(header)) return fail(Found::bad_frame);
        if (is_control(header.opcode)) return take_control(header);
        const FrameEvent event = begin_data(header);
        if (event.found != Found::nothing) return event;
        // A frame that fits the window is waited for there; a bigger one was begun and its bytes go to message_.
        if (!in_message_ || remaining_ > 0 || available() == 0) return {};
    }
}

FrameReader::Parse FrameReader::parse_header(Header& header) const {
    if (available() < 2) return Parse::more;
    const char* at = window_.data() + begin_;
    const auto first = static_cast<std::uint8_t>(at[0]);
    const auto second = static_cast<std::uint8_t>(at[1]);
    // Reserved bits have no meaning without an extension, and a server never masks.
    if ((first & 0x70U) != 0 || (second & 0x80U) != 0 || !is_known(first & 0x0FU)) return Parse::bad;
    header.fin = (first & 0x80U) != 0;
    header.opcode = static_cast<Opcode>(first & 0x0FU);
    const unsigned length = second & 0x7FU;
    const std::size_t extra = length == 126 ? 2 : length == 127 ? 8 : 0;
    header.size = 2 + extra;
    if (available() < header.size) return Parse::more;
    header.payload = extra == 0 ? length : read_big_endian(at + 2, extra);
    // The shortest form is a must, and the highest bit is not a length's.
    if ((extra == 2 && header.payload < 126) || (extra == 8 && header.payload <= 0xFFFF)) return Parse::bad;
    if (header.payload > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return Parse::bad;
    return Parse::ok;
}

bool FrameReader::is_allowed(const Header& header) const {
    if (is_control(header.opcode)) return header.fin && header.payload <= max_control;
    return (header.opcode == Opcode::continuation) == in_message_;
}

FrameEvent FrameReader::take_control(const Header& header) {
    const auto payload = static_cast<std::size_t>(header.payload);
    if (available() < header.size + payload) return {};
    const std::string_view data(window_.data() + begin_ + header.size, payload);
    begin_ += header.size + payload;
    if (header.opcode == Opcode::close) return take_close(data);
    return {.found = header.opcode == Opcode::ping ? Found::ping : Found::pong, .data = data};
}

FrameEvent FrameReader::take_close(std::string_view payload) {
    if (payload.empty()) return {.found = Found::close, .code = 1005};
    if (payload.size() == 1) return fail(Found::bad_frame);
    const auto code = static_cast<std::uint16_t>(read_big_endian(payload.data(), 2));
    if (!is_valid_close_code(code)) return fail(Found::bad_frame);
    if (!is_utf8(payload.substr(2))) return fail(Found::invalid_utf8);
    return {.found = Found::close, .data = payload.substr(2), .code = code};
}

FrameEvent FrameReader::begin_data(const Header& header) {
    const bool whole_message = header.fin && !in_message_;
    const std::uint64_t frame = header.size + header.payload;
    if (whole_message && frame <= window_size && header.payload <= max_message_) {
        if (available() < frame) return {};
        binary_ = header.opcode == Opcode::binary;
        total_ = header.payload;
        const std::string_view data(window_.data() + begin_ + header.size, static_cast<std::size_t>(header.payload));
        begin_ += static_cast<std::size_t>(frame);
        ++small_messages_;
        return finish_message(data);
    }
    begin_ += header.size;
    if (!in_message_) {
        in_message_ = true;
        binary_ = header.opcode == Opcode::binary;
        skipping_ = false;
        total_ = 0;
        message_.clear();
        small_messages_ = 0;
    }
    last_frame_ = header.fin;
    remaining_ = header.payload;
    // The sum can't wrap: the payload has 63 bits, and no connection delivers the other half.
    if (!skipping_ && total_ + header.payload > max_message_) begin_skipping();
    total_ += header.payload;
    if (!skipping_ && whole_message) message_.reserve(static_cast<std::size_t>(header.payload));
    return go_on();
}

void FrameReader::begin_skipping() {
    skipping_ = true;
    if (skipped_ != nullptr) {
        skipped_->begin(binary_);
        if (!message_.empty()) skipped_->add(message_.view());
    }
    message_.truncate(head_of_skipped());
}

// Takes what is here of the current frame's payload, and ends the message when it was the last of it.
FrameEvent FrameReader::go_on() {
    const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, available()));
    if (here > 0) {
        const std::string_view part(window_.data() + begin_, here);
        if (skipping_ && skipped_ != nullptr) skipped_->add(part);
        if (!skipping_)
            message_.append(part);
        else if (message_.size() < head_of_skipped())
            message_.append(part.substr(0, head_of_skipped() - message_.size()));
        begin_ += here;
        remaining_ -= here;
    }
    if (remaining_ > 0 || !last_frame_) return {};
    in_message_ = last_frame_ = false;
    message_.reserve(1);  // an empty message in two frames needs an address and its padding
    assembled_ = true;
    return finish_message(message_.view());
}

FrameEvent FrameReader::finish_message(std::string_view data) {
    const bool whole = total_ == data.size();
    if (!binary_ && whole && !is_utf8(data)) return fail(Found::invalid_utf8);
    return {.found = Found::message, .data = data, .binary = binary_, .size = total_};
}

FrameEvent FrameReader::fail(Found why) {
    failed_ = why;
    return {.found = why};
}

// One big message must not cost its size for ever, nor an allocation each time where they keep coming.
void FrameReader::release_idle_memory() {
    if (!assembled_ || in_message_ || message_.capacity() <= always_kept) return;
    if (message_.capacity() <= kept_memory && small_messages_ < small_messages_until_release) return;
    message_.release();
    assembled_ = false;
}

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

void append_frame(ByteBuffer& out, Opcode opcode, MaskKey key, std::span<const std::string_view> parts) {
    constexpr std::size_t max_header = 14;
    std::size_t payload = 0;
    for (const std::string_view part : parts) payload += part.size();
    char* to = out.prepare(max_header + payload);
    const std::size_t header = write_header(to, opcode, payload, key);
    to += header;
    const bool masked = key != MaskKey{};
    std::size_t offset = 0;
    for (const std::string_view part : parts) {
        if (part.empty()) continue;
        if (masked)
            copy_masked(to + offset, part, key, offset);
        else
            std::memcpy(to + offset, part.data(), part.size());
        offset += part.size();
    }
    out.commit(header + payload);
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
    constexpr std::size_t max_reason = max_control - 2;
    reason = reason.substr(0, max_reason);
    while (!reason.empty() && !is_utf8(reason)) reason.remove_suffix(1);
    std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
    return payload.append(reason);
}

}  // namespace platform
