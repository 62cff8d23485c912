#include "platform/json/core/slice.hpp"

#include <algorithm>

namespace platform {
namespace {

unsigned hex_value(char c) noexcept {
    if (c <= '9') return static_cast<unsigned>(c - '0');
    return static_cast<unsigned>((c | 0x20) - 'a') + 10;
}

unsigned hex4(std::string_view digits) noexcept {
    return hex_value(digits[0]) << 12 | hex_value(digits[1]) << 8 | hex_value(digits[2]) << 4 | hex_value(digits[3]);
}

void append_utf8(std::string& out, unsigned code) {
    const auto byte = [&out](unsigned bits) { out.push_back(static_cast<char>(bits)); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xC0 | code >> 6);
        byte(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        byte(0xE0 | code >> 12);
        byte(0x80 | (code >> 6 & 0x3F));
        byte(0x80 | (code & 0x3F));
    } else {
        byte(0xF0 | code >> 18);
        byte(0x80 | (code >> 12 & 0x3F));
        byte(0x80 | (code >> 6 & 0x3F));
        byte(0x80 | (code & 0x3F));
    }
}

// `inside` begins with "u" and four digits. Returns how many bytes were used: 5, or 11 for a pair.
std::size_t append_unicode_escape(std::string& out, std::string_view inside) {
    const unsigned first = hex4(inside.substr(1));
    const bool high = first >= 0xD800 && first < 0xDC00;
    if (high && inside.size() >= 11 && inside[5] == '\\' && inside[6] == 'u') {
        const unsigned second = hex4(inside.substr(7));
        if (second >= 0xDC00 && second < 0xE000) {
            append_utf8(out, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
            return 11;
        }
    }
    append_utf8(out, first);
    return 5;
}

char simple_escape(char kind) noexcept {
    switch (kind) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return kind;  // quote, backslash, slash
    }
}

// The length of the valid UTF-8 sequence at the start of `text`, 0 when there is none.
std::size_t utf8_sequence(std::string_view text) noexcept {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    if (length == 0 || length > text.size()) return 0;
    return valid_utf8(text.substr(0, length)) ? length : 0;
}

void append_escaped_byte(std::string& out, char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    out += "\\u00";
    out.push_back(digits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(digits[static_cast<unsigned char>(c) & 15]);
}

bool needs_escape(char c) noexcept {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

}  // namespace

JsonKind json_kind(std::string_view value) noexcept {
    if (value.empty()) return JsonKind::none;
    switch (value.front()) {
        case '{':
            return JsonKind::object;
        case '[':
            return JsonKind::array;
        case '"':
            return JsonKind::string;
        case 't':
        case 'f':
            return JsonKind::boolean;
        case 'n':
            return JsonKind::null;
        default:
            return JsonKind::number;
    }
}

bool JsonWalk::stop(JsonFault fault, std::size_t at) noexcept {
    ended_ = true;
    verdict_ = {fault, at};
    return false;
}

// To the next item: opens the bracket at the first call, passes the comma at the later ones.
bool JsonWalk::step(char opening, char closing) noexcept {
    if (ended_) return false;
    if (max_depth_ == 0) return stop(JsonFault::too_deep, 0);
    at_ = skip_json_space(text_, at_);
    if (at_ == text_.size()) return stop(JsonFault::ends_early, at_);
    const bool opens = !begun_;
    if (opens) {
        begun_ = true;
        if (text_[at_] != opening)
            return stop(opening == '{' ? JsonFault::not_an_object : JsonFault::not_an_array, at_);
        at_ = skip_json_space(text_, at_ + 1);
        if (at_ == text_.size()) return stop(JsonFault::ends_early, at_);
    }
    if (text_[at_] == closing) {
        const std::size_t end = skip_json_space(text_, at_ + 1);
        return stop(end == text_.size() ? JsonFault::none : JsonFault::trailing_text, end);
    }
    if (opens) return true;
    if (text_[at_] != ',') return stop(JsonFault::comma_expected, at_);
    at_ = skip_json_space(text_, at_ + 1);
    return true;
}

bool JsonWalk::read_value() noexcept {
    const bool string = at_ < text_.size() && text_[at_] == '"';
    const JsonVerdict scanned =
        string ? scan_json_string(text_, at_).verdict : scan_json_value(text_, at_, max_depth_ - 1);
    if (!scanned.ok()) return stop(scanned.fault, scanned.position);
    value_ = text_.substr(at_, scanned.position - at_);
    at_ = scanned.position;
    return true;
}

bool JsonMembers::read_key() {
    if (at_ == text_.size()) return stop(JsonFault::ends_early, at_);
    if (text_[at_] != '"') return stop(JsonFault::key_expected, at_);
    const auto [scanned, plain] = scan_json_string(text_, at_);
    if (!scanned.ok()) return stop(scanned.fault, scanned.position);
    const std::string_view quoted = text_.substr(at_, scanned.position - at_);
    key_ = plain ? quoted.substr(1, quoted.size() - 2) : unescape(quoted, unescaped_);
    at_ = skip_json_space(text_, scanned.position);
    if (at_ == text_.size()) return stop(JsonFault::ends_early, at_);
    if (text_[at_] != ':') return stop(JsonFault::colon_expected, at_);
    at_ = skip_json_space(text_, at_ + 1);
    return true;
}

bool JsonMembers::next() {
    return step('{', '}') && read_key() && read_value();
}

bool JsonElements::next() {
    return step('[', ']') && read_value();
}

bool is_plain_string(std::string_view value) noexcept {
    return json_kind(value) == JsonKind::string && value.find('\\') == std::string_view::npos;
}

bool append_unescaped(std::string& out, std::string_view value) {
    if (json_kind(value) != JsonKind::string || value.size() < 2) return false;
    std::string_view rest = value.substr(1, value.size() - 2);
    while (!rest.empty()) {
        const std::size_t plain = std::min(rest.find('\\'), rest.size());
        out.append(rest.substr(0, plain));
        rest.remove_prefix(plain);
        if (rest.size() < 2) break;
        rest.remove_prefix(1);
        if (rest.front() == 'u' && rest.size() >= 5) {
            rest.remove_prefix(append_unicode_escape(out, rest));
        } else {
            out.push_back(simple_escape(rest.front()));
            rest.remove_prefix(1);
        }
    }
    return true;
}

std::string_view unescape(std::string_view value, std::string& scratch) {
    if (is_plain_string(value) && value.size() >= 2) return value.substr(1, value.size() - 2);
    scratch.clear();
    append_unescaped(scratch, value);
    return scratch;
}

void append_quoted(std::string& out, std::string_view text) {
    out.push_back('"');
    const bool valid = valid_utf8(text);
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && !needs_escape(text[plain])) {
            const std::size_t step = valid ? 1 : utf8_sequence(text.substr(plain));
            if (step == 0) break;
            plain += step;
        }
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        if (needs_escape(text.front())) {
            append_escaped_byte(out, text.front());
        } else {
            out += "\\ufffd";
        }
        text.remove_prefix(1);
    }
    out.push_back('"');
}

bool read_unsigned(std::string_view value, std::uint64_t& out) noexcept {
    constexpr std::size_t most_digits = 18;  // always fits 64 bits
    if (value.empty() || value.size() > most_digits) return false;
    std::uint64_t sum = 0;
    for (const char c : value) {
        if (c < '0' || c > '9') return false;
        sum = sum * 10 + static_cast<std::uint64_t>(c - '0');
    }
    out = sum;
    return true;
}

}  // namespace platform
