#include "agent/realtime/core/outline.hpp"

#include "agent/realtime/core/raw_payload.hpp"

namespace realtime {
namespace {

/// A text frame: the message, the event, and what was sent.
constexpr std::size_t levels_of_text = 3;
/// A binary frame's payload is what was sent.
constexpr std::size_t levels_of_payload = 1;

constexpr std::size_t binary_header = 5;  // bytes: the kind, three lengths, the encoding
constexpr std::size_t encoding_at = 4;
constexpr char user_broadcast = 4;
constexpr char raw_encoding = 0;

bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// A byte within a character of UTF-8: there a string must not be cut.
bool continues(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

void JsonOutline::add(std::string_view piece) {
    if (full_) return;
    for (const char c : piece) {
        if (in_string_) {
            take_in_string(c);
        } else {
            take(c);
        }
    }
}

void JsonOutline::take(char c) {
    switch (c) {
        case '"':
            in_string_ = true;
            escape_ = cut_ = false;
            hex_left_ = 0;
            of_string_ = 0;
            return keep(c);
        case '{':
        case '[':
            return open(c);
        case '}':
        case ']':
            return close(c);
        default:
            if (!is_space(c)) keep(c);
    }
}

void JsonOutline::take_in_string(char c) {
    const bool plain = !escape_ && hex_left_ == 0;
    if (plain && c == '"') {
        in_string_ = false;
        return keep(c);
    }
    // Not in the middle of an escape or of a character.
    if (plain && of_string_ >= kept_of_string && !continues(c)) cut_ = true;
    ++of_string_;
    if (escape_) {
        escape_ = false;
        hex_left_ = c == 'u' ? 4 : 0;
    } else if (hex_left_ > 0) {
        --hex_left_;
    } else {
        escape_ = c == '\\';
    }
    if (!cut_) keep(c);
}

void JsonOutline::open(char c) {
    if (kept()) keep(c);
    ++depth_;
}

void JsonOutline::close(char c) {
    if (depth_ > 0) --depth_;
    if (kept()) keep(c);
}

void JsonOutline::keep(char c) {
    if (!kept() || full_) return;
    if (text_.size() == most_bytes) {
        full_ = true;
        text_ = {};
        return;
    }
    text_ += c;
}

void FrameOutline::begin(bool binary) {
    binary_ = binary;
    head_.clear();
    text_ended_ = false;
    outline_ = JsonOutline{binary ? levels_of_payload : levels_of_text};
}

/// Bytes before the payload of a binary frame that are not here yet, as far as is known.
std::size_t FrameOutline::missing_of_head() const noexcept {
    if (!binary_) return 0;
    if (head_.size() < binary_header) return binary_header - head_.size();
    if (head_[0] != user_broadcast) return 0;
    std::size_t size = binary_header;
    for (const std::size_t at : {1U, 2U, 3U}) size += static_cast<unsigned char>(head_[at]);
    return size - head_.size();
}

bool FrameOutline::is_raw() const noexcept {
    return binary_ && head_.size() >= binary_header && head_[0] == user_broadcast && head_[encoding_at] == raw_encoding;
}

void FrameOutline::add(std::string_view piece) {
    while (const std::size_t missing = missing_of_head()) {
        if (piece.empty()) return;
        head_.append(piece.substr(0, missing));
        piece.remove_prefix(piece.size() < missing ? piece.size() : missing);
    }
    if (!is_raw()) return outline_.add(piece);
    if (text_ended_) return;
    const std::size_t end = piece.find(raw_text_end);
    text_ended_ = end != std::string_view::npos;
    outline_.add(piece.substr(0, end));
}

std::string_view FrameOutline::text() {
    const std::string_view outline = outline_.text();
    if (!binary_ || outline.empty()) return outline;
    whole_ = head_;
    return whole_.append(outline);
}

}  // namespace realtime
