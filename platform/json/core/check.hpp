// Says whether text is JSON, strictly and in one pass without recursion: the gate before text of unknown authors is
// passed on as bytes. Syntax is RFC 8259; numbers have any range, escapes may name lone surrogates (Chrome writes
// them). Plain functions: no allocation, no padding behind the text needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace platform {

/// The most levels of arrays and objects that check_json() accepts by default. Chrome's own bound on a whole
/// message is 300, so what passes here fits into an envelope.
inline constexpr std::size_t max_json_depth = 256;

/// No caller may ask for more levels than this.
inline constexpr std::size_t max_json_depth_limit = 512;

/// What is wrong with a text.
enum class JsonFault : std::uint8_t {
    none,
    ends_early,      // the text stops inside a value
    bad_utf8,        // not valid UTF-8 (overlong forms and encoded surrogates included)
    bad_value,       // no value where one must be: unknown word, stray character
    bad_number,      // leading zero, no digit after the point, …
    bad_escape,      // a backslash followed by something that JSON does not know
    raw_control,     // a control character that should have been escaped
    key_expected,    // a member that does not begin with a string
    colon_expected,  // a key without its colon
    comma_expected,  // two values side by side, or a bracket of the wrong kind
    too_deep,        // more levels than allowed
    trailing_text,   // something behind the value
    not_an_object,   // asked for members of something else
    not_an_array,    // asked for elements of something else
};

/// A fault as part of a sentence: "a key without its colon".
std::string_view describe(JsonFault fault) noexcept;

/// The outcome of a check or scan. `position` is a byte offset: of the fault, or of the first byte behind the value.
struct JsonVerdict {
    JsonFault fault = JsonFault::none;
    std::size_t position = 0;
    bool ok() const noexcept { return fault == JsonFault::none; }
};

/// The outcome of the scan of a string. `plain`: nothing in it is escaped, its bytes are its text.
struct JsonString {
    JsonVerdict verdict;
    bool plain = true;
};

/// Checks that `text` is exactly one JSON value, white space around it allowed, in valid UTF-8.
JsonVerdict check_json(std::string_view text, std::size_t max_depth = max_json_depth) noexcept;

/// Scans the one value that begins at `text[from]` (no white space before it) with the same strictness but for UTF-8,
/// and says where it ends. For walkers over text that was, or will be, checked for UTF-8 as a whole.
JsonVerdict scan_json_value(std::string_view text, std::size_t from, std::size_t max_depth = max_json_depth) noexcept;

/// Scans the string whose opening quote is `text[from]`, as scan_json_value() does.
JsonString scan_json_string(std::string_view text, std::size_t from) noexcept;

/// The offset of the first byte at or behind `from` that is not JSON white space.
std::size_t skip_json_space(std::string_view text, std::size_t from) noexcept;

/// Whether all of `text` is valid UTF-8.
bool valid_utf8(std::string_view text) noexcept;

}  // namespace platform
