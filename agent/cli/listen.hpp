// `agent --listen TOPIC` as the command line sees it: which token it uses, where its lines go, and when it ends.
#pragma once

#include <optional>
#include <string>

#include "agent/cli/arguments.hpp"
#include "agent/control/exit_code.hpp"

namespace cli::listen_command {

/// What is wrong with the arguments: a sentence; empty when nothing is.
std::string what_is_wrong(const arguments::Listen& listen);

/// Since when stored broadcasts are wanted, in Unix milliseconds: from a time ago ("10min") or that number itself.
/// Nothing: neither of them.
std::optional<std::int64_t> replay_since(const std::string& text, std::int64_t now_ms);

/// Writes what comes on standard output and the state of the connection on standard error, until Ctrl-C or the count.
control::Exit run(const arguments::Listen& wished, const config::Config& config);

}  // namespace cli::listen_command
