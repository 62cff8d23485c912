// The lines of a recording, which `agent --replay` reads: JSON objects, the first one says what was recorded. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/bridge/core/object_line.hpp"
#include "agent/bridge/core/safe_params.hpp"
#include "agent/bridge/core/seen_message.hpp"

namespace bridge {

/// Grows when a reader of the one before would misread a line.
inline constexpr std::uint64_t recording_format = 1;

/// Bytes of an error's message, of a note.
inline constexpr std::size_t most_record_text = 300;

/// The first line.
struct RecordHead {
    std::string device;  // uuid
    std::string name;    // empty: it has none
    std::string by;      // "watch" or "bridge"
    bool with_params = false;
};
std::string write_record_head(const RecordHead& head, std::string_view time);

/// One thing that passed. With parameters: those that safe_params() lets pass.
std::string write_record(const SeenMessage& sight, std::string_view time, bool with_params);

/// Those parameters. `kept` is empty if there are none, or if they are too long (SeenMessage::most_params).
SafeParams recorded_params(const SeenMessage& sight);

}  // namespace bridge
