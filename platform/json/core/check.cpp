#include "platform/json/core/check.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "platform/json/core/first_stop.hpp"

namespace platform {
namespace {

constexpr bool is_space(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool is_hex(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// What the scanner waits for.
enum class Next : std::uint8_t {
    value,  // a value must begin here
    after,  // a value ended inside an array or object
    done,   // the outermost value ended
    bad,    // fault_ says why
};

class Scanner {
  public:
    Scanner(std::string_view text, std::size_t from, std::size_t max_depth) noexcept
        : begin_{text.data()},
          at_{text.data() + from},
          end_{text.data() + text.size()},
          max_depth_{std::min(max_depth, max_json_depth_limit)} {}

    JsonVerdict run() noexcept {
        Next next = Next::value;
        while (next == Next::value || next == Next::after) next = next == Next::value ? value() : after();
        return verdict();
    }

    JsonString run_string() noexcept {
        string();
        return {verdict(), !escaped_};
    }

  private:
    JsonVerdict verdict() const noexcept { return {fault_, static_cast<std::size_t>(at_ - begin_)}; }

    Next bad(JsonFault fault) noexcept {
        fault_ = fault;
        return Next::bad;
    }

    Next ended() const noexcept { return depth_ == 0 ? Next::done : Next::after; }

    void space() noexcept {
        while (at_ != end_ && is_space(*at_)) ++at_;
    }

    Next value() noexcept {
        if (depth_ > 0) space();
        if (at_ == end_) return bad(JsonFault::ends_early);
        switch (*at_) {
            case '{':
                return open(true, '}');
            case '[':
                return open(false, ']');
            case '"':
                return string() ? ended() : Next::bad;
            case 't':
                return word("true");
            case 'f':
                return word("false");
            case 'n':
                return word("null");
            default:
                return number();
        }
    }

    Next open(bool object, char closing) noexcept {
        if (depth_ == max_depth_) return bad(JsonFault::too_deep);
        objects_[depth_++] = object;
        ++at_;
        space();
        if (at_ == end_) return bad(JsonFault::ends_early);
        if (*at_ == closing) return close();
        return object ? key() : Next::value;
    }

    Next close() noexcept {
        ++at_;
        --depth_;
        return ended();
    }

    // Stands behind a value that has an array or object around it.
    Next after() noexcept {
        space();
        if (at_ == end_) return bad(JsonFault::ends_early);
        const bool object = objects_[depth_ - 1];
        if (*at_ == (object ? '}' : ']')) return close();
        if (*at_ != ',') return bad(JsonFault::comma_expected);
        ++at_;
        if (!object) return Next::value;
        space();
        return key();
    }

    Next key() noexcept {
        if (at_ == end_) return bad(JsonFault::ends_early);
        if (*at_ != '"') return bad(JsonFault::key_expected);
        if (!string()) return Next::bad;
        space();
        if (at_ == end_) return bad(JsonFault::ends_early);
        if (*at_ != ':') return bad(JsonFault::colon_expected);
        ++at_;
        return Next::value;
    }

    Next word(std::string_view expected) noexcept {
        const std::size_t here = std::min(expected.size(), static_cast<std::size_t>(end_ - at_));
        if (std::string_view{at_, here} != expected.substr(0, here)) return bad(JsonFault::bad_value);
        if (here != expected.size()) return bad(JsonFault::ends_early);
        at_ += here;
        return ended();
    }

    bool digits() noexcept {
        const char* const first = at_;
        while (at_ != end_ && is_digit(*at_)) ++at_;
        return at_ != first;
    }

    Next number() noexcept {
        const bool minus = *at_ == '-';
        if (minus) ++at_;
        if (at_ == end_) return bad(JsonFault::ends_early);
        if (!is_digit(*at_)) return bad(minus ? JsonFault::bad_number : JsonFault::bad_value);
        if (*at_ == '0') {
            ++at_;
            if (at_ != end_ && is_digit(*at_)) return bad(JsonFault::bad_number);
        } else {
            digits();
        }
        if (at_ != end_ && *at_ == '.') {
            ++at_;
            if (!digits()) return bad(at_ == end_ ? JsonFault::ends_early : JsonFault::bad_number);
        }
        if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
            ++at_;
            if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
            if (!digits()) return bad(at_ == end_ ? JsonFault::ends_early : JsonFault::bad_number);
        }
        return ended();
    }

    // Stands on the opening quote; leaves at_ behind the closing one. Called for each key and value: left to itself g++
    // makes a call of it, which costs as much as the string.
    [[gnu::always_inline]] bool string() noexcept {
        ++at_;
        for (;;) {
            at_ = json_block::first_stop(begin_, at_, end_);
            if (at_ == end_) return bad(JsonFault::ends_early), false;
            if (*at_ == '"') return ++at_, true;
            if (*at_ != '\\') return bad(JsonFault::raw_control), false;
            if (!escape()) return false;
            escaped_ = true;
        }
    }

    bool escape() noexcept {
        if (end_ - at_ < 2) return at_ = end_, bad(JsonFault::ends_early), false;
        const char kind = at_[1];
        if (kind != 'u') {
            if (kind == '\0' || std::strchr("\"\\/bfnrt", kind) == nullptr) return bad(JsonFault::bad_escape), false;
            at_ += 2;
            return true;
        }
        for (int i = 2; i < 6; ++i) {
            if (end_ - at_ <= i) return at_ = end_, bad(JsonFault::ends_early), false;
            if (!is_hex(at_[i])) return bad(JsonFault::bad_escape), false;
        }
        at_ += 6;
        return true;
    }

    const char* begin_;
    const char* at_;
    const char* end_;
    std::size_t max_depth_;
    std::size_t depth_ = 0;
    JsonFault fault_ = JsonFault::none;
    bool escaped_ = false;
    std::array<bool, max_json_depth_limit>
        objects_;  // per open level: an object, else an array; the others have no value
};

}  // namespace

std::string_view describe(JsonFault fault) noexcept {
    switch (fault) {
        case JsonFault::none:
            return "nothing is wrong";
        case JsonFault::ends_early:
            return "the text ends inside a value";
        case JsonFault::bad_utf8:
            return "invalid UTF-8";
        case JsonFault::bad_value:
            return "no JSON value where one must be";
        case JsonFault::bad_number:
            return "a malformed number";
        case JsonFault::bad_escape:
            return "an unknown escape in a string";
        case JsonFault::raw_control:
            return "a raw control character in a string";
        case JsonFault::key_expected:
            return "a member without a key";
        case JsonFault::colon_expected:
            return "a key without its colon";
        case JsonFault::comma_expected:
            return "a missing comma or a bracket of the wrong kind";
        case JsonFault::too_deep:
            return "more levels of nesting than allowed";
        case JsonFault::trailing_text:
            return "text behind the value";
        case JsonFault::not_an_object:
            return "not an object";
        case JsonFault::not_an_array:
            return "not an array";
    }
    return "an unknown fault";
}

JsonVerdict scan_json_value(std::string_view text, std::size_t from, std::size_t max_depth) noexcept {
    if (from >= text.size()) return {JsonFault::ends_early, text.size()};
    return Scanner{text, from, max_depth}.run();
}

JsonString scan_json_string(std::string_view text, std::size_t from) noexcept {
    if (from >= text.size()) return {{JsonFault::ends_early, text.size()}, true};
    return Scanner{text, from, 0}.run_string();
}

std::size_t skip_json_space(std::string_view text, std::size_t from) noexcept {
    while (from < text.size() && is_space(text[from])) ++from;
    return from;
}

bool valid_utf8(std::string_view text) noexcept {
    return simdjson::validate_utf8(text.data(), text.size());
}

JsonVerdict check_json(std::string_view text, std::size_t max_depth) noexcept {
    const JsonVerdict value = scan_json_value(text, skip_json_space(text, 0), max_depth);
    if (!value.ok()) return value;
    const std::size_t end = skip_json_space(text, value.position);
    if (end != text.size()) return {JsonFault::trailing_text, end};
    if (!valid_utf8(text)) return {JsonFault::bad_utf8, 0};
    return {JsonFault::none, end};
}

}  // namespace platform
