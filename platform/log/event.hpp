// A line of the log about what somebody did. It has the field BMC_EVENT and is written each time, while a line that
// only repeats is held back.
#pragma once

#include <string_view>

#include "platform/log/log.hpp"

namespace platform::log {

inline void write_event(std::string_view event, std::string_view text, Level level = Level::info) {
    write(level, text, {{"BMC_EVENT", event}});
}

}  // namespace platform::log
