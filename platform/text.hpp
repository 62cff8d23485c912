// Text from outside, made fit for terminals, logs and status lines.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace platform {

/// The bytes that a cleaned text may have where the caller names no bound.
inline constexpr std::size_t default_clean_bytes = 200;

/// Removes control characters (C0, DEL, C1, line and paragraph separators), bidirectional and other invisible format
/// characters, and bytes that are not UTF-8 (each such run becomes one '?'); cuts to at most `max` bytes at a character
/// boundary, with "…" at the end of what was cut. Every text from outside passes here before a person or the service
/// manager sees it: a newline in it would otherwise command the service manager.
std::string clean(std::string_view text, std::size_t max = default_clean_bytes);

/// The longest line that a terminal is given, in bytes: an address with a token's worth of parameters fits.
inline constexpr std::size_t terminal_line_bytes = 16 * 1024;

/// Several lines, each cleaned as by clean(); the line ends stay. For text that the agent wrote.
std::string clean_lines(std::string_view text, std::size_t max_line = terminal_line_bytes);

/// JSON in which every character that clean() removes stands as \uXXXX: the same value for a parser, and nothing that a
/// terminal obeys. Line ends between the tokens stay. Bytes that are not UTF-8 become U+FFFD.
std::string escape_hidden(std::string_view json);

/// The candidate that is most like `word` (edit distance at most a third of its length), for "did you mean".
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

/// Without white space at both ends.
std::string_view trim(std::string_view text) noexcept;

/// "a:b:c" into its parts; an empty text has one empty part.
std::vector<std::string> split(std::string_view text, char separator);

/// "5 s", "3 min", "2 h 5 min", "4 d": for people.
std::string for_people(long long seconds);

}  // namespace platform
