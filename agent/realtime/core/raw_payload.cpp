#include "agent/realtime/core/raw_payload.hpp"

namespace realtime {

RawPayload split_raw(std::string_view payload) noexcept {
    const std::size_t end = payload.find(raw_text_end);
    if (end == std::string_view::npos || end + 1 == payload.size()) return {payload, {}};
    return {payload.substr(0, end), payload.substr(end + 1)};
}

void append_raw(std::string& text, std::string_view bytes) {
    text.reserve(text.size() + 1 + bytes.size());
    text += raw_text_end;
    text += bytes;
}

}  // namespace realtime
