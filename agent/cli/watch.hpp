// `agent --watch DEVICE`: what passes between controllers and a far browser, a line each, until Ctrl-C.
#pragma once

#include <cstddef>

#include "agent/cli/arguments.hpp"
#include "agent/config/config.hpp"
#include "agent/control/exit_code.hpp"

namespace cli::watch_command {

/// Bytes of a line where standard output is no terminal.
inline constexpr std::size_t line_bytes_without_terminal = 200;

control::Exit run(const arguments::Watch& wished, const config::Config& config, bool json);

}  // namespace cli::watch_command
