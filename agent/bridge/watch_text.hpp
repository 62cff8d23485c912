// How what a watch sees is written for a person; for tools: core/record_text. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/bridge/core/seen_message.hpp"

namespace bridge {

/// One line without its end, cleaned, of at most `room` bytes: parameters are cut first. `time` stands in front. With
/// parameters: those of recorded_params().
std::string write_watch_line(const SeenMessage& sight, std::string_view time, std::size_t room, bool with_params);

}  // namespace bridge
