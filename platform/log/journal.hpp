// journald's side of the log; elsewhere than on Linux there is none.
#pragma once

#include <string_view>
#include <vector>

#include "platform/log/log.hpp"

namespace platform::log {

/// Whether stderr is a stream to journald (JOURNAL_STREAM names the device and inode of what stderr is).
bool stderr_is_journal();

/// Sends a line with its fields by journald's native protocol. Where there is no journald the line is lost.
void send_to_journal(Level level, std::string_view text, const std::vector<Field>& fields);

}  // namespace platform::log
