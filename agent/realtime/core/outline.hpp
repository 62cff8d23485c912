// The outline of a message that is too long to be read: enough to answer it. Memory is bounded whatever comes. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace realtime {

/// The outline of JSON text that comes in pieces: what stands deeper than some levels is left out ({} and [] in its
/// place), long strings are cut. What it makes of JSON text is JSON text; of anything else it makes no more than text
/// of the same bound.
class JsonOutline {
  public:
    /// Bytes of a string that are kept, and of the whole outline. An id may have 256 bytes: one that is cut stays too
    /// long.
    static constexpr std::size_t kept_of_string = 512;
    static constexpr std::size_t most_bytes = std::size_t{16} << 10;

    explicit JsonOutline(std::size_t levels) noexcept : levels_{levels} {}

    void add(std::string_view piece);

    /// Empty where it would have been longer than most_bytes.
    std::string_view text() const noexcept { return full_ ? std::string_view{} : std::string_view{text_}; }

  private:
    void take(char c);
    void take_in_string(char c);
    void open(char c);
    void close(char c);
    void keep(char c);
    bool kept() const noexcept { return depth_ <= levels_; }

    std::size_t levels_;
    std::size_t depth_ = 0;
    std::string text_;
    bool full_ = false;
    bool in_string_ = false;
    bool escape_ = false;        // the last byte was a backslash
    unsigned hex_left_ = 0;      // digits of a \u that are still to come
    std::size_t of_string_ = 0;  // bytes of the string so far
    bool cut_ = false;           // the string is beyond what is kept of one
};

/// The outline of one frame of the Realtime socket, text or binary: the Decoder reads it as it reads a whole one. Of a
/// raw payload (core/raw_payload.hpp) the text alone counts, without the bytes behind it.
class FrameOutline {
  public:
    void begin(bool binary);
    void add(std::string_view piece);

    bool binary() const noexcept { return binary_; }
    /// Empty where there is no outline. Valid until the next add().
    std::string_view text();

  private:
    std::size_t missing_of_head() const noexcept;
    bool is_raw() const noexcept;

    bool binary_ = false;
    std::string head_;  // of a binary frame: all before its payload
    JsonOutline outline_{0};
    std::string whole_;
    bool text_ended_ = false;  // of a raw payload
};

}  // namespace realtime
