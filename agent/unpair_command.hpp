// `agent --unpair`: by the running agent where there is one, else the same wipe here.
#pragma once

#include "agent/arguments.hpp"
#include "agent/service/exit_code.hpp"

namespace commands {

service::Exit unpair(const arguments::Parsed& parsed, const service::Config& config);

}  // namespace commands
