#include "platform/websocket/frames.hpp"

#include <simdjson.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace platform {

namespace {

constexpr std::size_t max_control = 125;  // bytes of a control frame's payload
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

FrameReader::FrameReader(std::size_t max_message, SkippedMessage* skipped, std::shared_ptr<SpareBuffers> spares)
    : max_message_(max_message), skipped_(skipped), spares_(std::move(spares)) {
    window_.reserve(window_size);
    std::memset(window_.data(), 0, window_size + ByteBuffer::padding);
}

std::span<char> FrameReader::prepare() {
    give_memory_back();
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
        return finish_message(data);
    }
    begin_ += header.size;
    if (!in_message_) {
        in_message_ = true;
        binary_ = header.opcode == Opcode::binary;
        skipping_ = false;
        total_ = 0;
        begin_message();
    }
    last_frame_ = header.fin;
    remaining_ = header.payload;
    // The sum can't wrap: the payload has 63 bits, and no connection delivers the other half.
    if (!skipping_ && total_ + header.payload > max_message_) begin_skipping();
    total_ += header.payload;
    if (!skipping_ && whole_message) make_room(static_cast<std::size_t>(header.payload));
    return go_on();
}

void FrameReader::begin_skipping() {
    skipping_ = true;
    if (skipped_ != nullptr) {
        skipped_->begin(binary_);
        if (!assembled().empty()) skipped_->add(assembled());
    }
    message_.truncate(headroom + head_of_skipped());
}

void FrameReader::begin_message() {
    message_.clear();
    message_.prepare(headroom);
    message_.commit(headroom);
}

// Of a message whose size is known: memory of exactly that size, one that served before if there is one.
void FrameReader::make_room(std::size_t bytes) {
    spares_->make_room(message_, bytes);
    message_.reserve(message_.size() + bytes);
}

// Takes what is here of the current frame's payload, and ends the message when it was the last of it.
FrameEvent FrameReader::go_on() {
    const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, available()));
    if (here > 0) {
        const std::string_view part(window_.data() + begin_, here);
        if (skipping_ && skipped_ != nullptr) skipped_->add(part);
        if (!skipping_)
            message_.append(part);
        else if (assembled().size() < head_of_skipped())
            message_.append(part.substr(0, head_of_skipped() - assembled().size()));
        begin_ += here;
        remaining_ -= here;
    }
    if (remaining_ > 0 || !last_frame_) return {};
    in_message_ = last_frame_ = false;
    assembled_ = true;
    return finish_message(assembled());
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

KeptMessage FrameReader::keep() {
    if (!assembled_ || in_message_ || message_.capacity() <= SpareBuffers::large) return {};
    assembled_ = false;
    auto owner = SpareBuffers::share(spares_, std::exchange(message_, {}));
    const std::span<char> room{owner->data(), owner->size()};
    return {std::move(owner), room};
}

// The message that was handed out last is no longer read.
void FrameReader::give_memory_back() {
    if (!assembled_ || in_message_) return;
    assembled_ = false;
    if (message_.capacity() > SpareBuffers::large) spares_->put(std::exchange(message_, {}));
}

}  // namespace platform
