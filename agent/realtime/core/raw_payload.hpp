// The payload of a raw broadcast on a device's channel: JSON text, one zero byte, which no JSON text holds, and bytes.
// What a raw broadcast says of itself has to stand in its payload: the server forwards no metadata. Pure.
#pragma once

#include <string>
#include <string_view>

namespace realtime {

/// Stands between text and bytes.
inline constexpr char raw_text_end = '\0';

struct RawPayload {
    std::string_view text;   // unchecked, as all that comes
    std::string_view bytes;  // behind the zero byte
};

/// Slices of `payload`. Without a zero byte, or with nothing behind it, it is no such payload: all of it is `text`.
RawPayload split_raw(std::string_view payload) noexcept;

/// Puts the zero byte and the bytes behind JSON text. It grows by one byte more than `bytes` has.
void append_raw(std::string& text, std::string_view bytes);

}  // namespace realtime
