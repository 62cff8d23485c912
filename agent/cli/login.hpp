// `agent --login` and `agent --logout`: the account with which this user sends commands to far browsers. It pairs
// nothing: no agent relays by it.
#pragma once

#include "agent/cli/arguments.hpp"
#include "agent/control/exit_code.hpp"

namespace cli::login_command {

control::Exit log_in(const arguments::Login& wished, const config::Config& config);
control::Exit log_out(const config::Config& config);

}  // namespace cli::login_command
