// Takes JSON text apart without copying it: walks the members of one object (or the elements of one array) and hands
// out each value as the bytes that came. Nothing is converted, nothing is kept; a slice lives as long as the text does.
//
// The walk checks all that it passes (platform/json/core/check.hpp; UTF-8 alone is left to the caller), so it needs
// neither trust in the text nor an earlier check. It needs no padding behind the text. An index of the whole text, such
// as simdjson's, would take up to four bytes of memory a byte of text: results may be 256 MiB and we promise to pass
// them in three times their size, so this is one pass without memory. UTF-8 validation is simdjson's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/json/core/check.hpp"

namespace platform {

/// The type of a value, known from its first byte. `none` is for empty text.
enum class JsonKind : std::uint8_t { none, object, array, string, number, boolean, null };

/// The kind of a value slice (white space before it already gone).
JsonKind json_kind(std::string_view value) noexcept;

/// What both cursors share. Either `next()` has given all there is, or `verdict()` says why not: use what it gave only
/// after the walk has ended without a fault, since the break may come later.
class JsonWalk {
  public:
    /// The value as the bytes that came, without the white space around it.
    std::string_view value() const noexcept { return value_; }

    /// After the walk: its fault, if any, and where it ended.
    const JsonVerdict& verdict() const noexcept { return verdict_; }

  protected:
    JsonWalk(std::string_view text, std::size_t max_depth) noexcept : text_{text}, max_depth_{max_depth} {}

    bool step(char opening, char closing) noexcept;
    bool read_value() noexcept;
    bool stop(JsonFault fault, std::size_t at) noexcept;

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t max_depth_;
    bool begun_ = false;
    bool ended_ = false;
    std::string_view value_;
    JsonVerdict verdict_;
};

/// A cursor over the members of one object.
class JsonMembers : public JsonWalk {
  public:
    /// `text` is exactly one object, white space around it allowed. It must outlive the cursor and its slices.
    explicit JsonMembers(std::string_view text, std::size_t max_depth = max_json_depth) noexcept
        : JsonWalk{text, max_depth} {}

    /// Steps to the next member. False at the end or at a fault.
    bool next();

    /// The key with its escapes decoded; lone surrogates come as their three-byte form. Valid until the next `next()`.
    std::string_view key() const noexcept { return key_; }

  private:
    bool read_key();

    std::string_view key_;
    std::string unescaped_;  // holds the key when it had escapes
};

/// A cursor over the elements of one array.
class JsonElements : public JsonWalk {
  public:
    explicit JsonElements(std::string_view text, std::size_t max_depth = max_json_depth) noexcept
        : JsonWalk{text, max_depth} {}

    bool next();
};

/// Calls `visit(key, value)` for each member; stops when it returns false (then the rest is unchecked and the verdict
/// is good).
template <class Visit>
JsonVerdict for_each_member(std::string_view text, Visit&& visit, std::size_t max_depth = max_json_depth) {
    JsonMembers members{text, max_depth};
    while (members.next()) {
        if (!visit(members.key(), members.value())) break;
    }
    return members.verdict();
}

/// Calls `visit(value)` for each element; stops when it returns false.
template <class Visit>
JsonVerdict for_each_element(std::string_view text, Visit&& visit, std::size_t max_depth = max_json_depth) {
    JsonElements elements{text, max_depth};
    while (elements.next()) {
        if (!visit(elements.value())) break;
    }
    return elements.verdict();
}

/// Whether a value slice is a string that needs no unescaping to be read.
bool is_plain_string(std::string_view value) noexcept;

/// Appends the text of a string slice (quotes included, already checked) with its escapes decoded; a lone surrogate
/// becomes its three-byte form, so the outcome may be invalid UTF-8. False when `value` is not a string.
bool append_unescaped(std::string& out, std::string_view value);

/// The text of a string slice: a view into it where it has no escapes, else decoded into `scratch`.
/// Also empty if the value is no string: look at json_kind() first.
std::string_view unescape(std::string_view value, std::string& scratch);

/// Appends `text` as a JSON string with quotes. Invalid UTF-8 becomes U+FFFD, so that the outcome is always valid.
void append_quoted(std::string& out, std::string_view text);

/// Reads a number slice that is a plain non-negative integer of at most 18 digits; false for anything else.
bool read_unsigned(std::string_view value, std::uint64_t& out) noexcept;

}  // namespace platform
