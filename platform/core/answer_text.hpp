// What the body of an HTTP answer says, in a few words for a sentence. Pure. The words are the server's: clean them
// before they reach a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace platform {

/// Bytes of a server's words in one of our sentences.
inline constexpr std::size_t quoted_words = 200;

/// Whether the body is a page for people (HTML), which no backend of ours sends.
bool is_page(std::string_view body) noexcept;

/// Of a JSON object the member that holds the reason; of a page its title; else the beginning of the text. White space
/// counts as one blank. Empty where the body says nothing.
std::string words_of(std::string_view body);

}  // namespace platform
