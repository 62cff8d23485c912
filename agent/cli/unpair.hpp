// `agent --unpair`: by the running agent where there is one, else the same wipe here.
#pragma once

#include "agent/cli/arguments.hpp"
#include "agent/control/exit_code.hpp"

namespace commands {

service::Exit unpair(const arguments::Parsed& parsed, const service::Config& config);

}  // namespace commands
