// How what a watch sees is written: a line for a person, or a line of JSON. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/bridge/core/seen_message.hpp"

namespace bridge {

/// One line without its end, cleaned, of at most `room` bytes: parameters are cut first. `time` stands in front.
std::string write_watch_line(const SeenMessage& sight, std::string_view time, std::size_t room);

/// One JSON object without line ends. `time` is its first member. The parameters are a member only where they are whole
/// (SeenMessage::most_params).
std::string write_watch_json(const SeenMessage& sight, std::string_view time);

}  // namespace bridge
