// `agent --unpair`: by the running agent where there is one, else the same wipe here.
#pragma once

#include "agent/cli/arguments.hpp"
#include "agent/control/exit_code.hpp"

namespace cli::commands {

control::Exit unpair(const arguments::Unpair& wished, const config::Config& config);

}  // namespace cli::commands
