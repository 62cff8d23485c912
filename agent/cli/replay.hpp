// `agent --replay FILE`: the report of a recording.
#pragma once

#include <cstddef>

#include "agent/cli/arguments.hpp"
#include "agent/control/exit_code.hpp"

namespace cli::replay_command {

/// Bytes of one line of the file.
inline constexpr std::size_t longest_line = std::size_t{16} << 20;

control::Exit run(const arguments::Replay& wished, bool json);

}  // namespace cli::replay_command
