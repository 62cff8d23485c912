// `agent --call DEVICE METHOD [PARAMS]`: one command to a far browser, and its result. Likewise a page opened, a
// picture or a PDF of the page.
#pragma once

#include <string>
#include <string_view>

#include "agent/cli/arguments.hpp"
#include "agent/control/exit_code.hpp"

namespace cli::call_command {

/// What is wrong with the arguments: a sentence; empty when nothing is.
std::string what_is_wrong(const arguments::Call& call);

/// The code for an error object that came back, JSON text. `barred`: the code where the channel cannot be joined.
control::Exit exit_of(std::string_view error, control::Exit barred);

control::Exit run(const arguments::Call& wished, const config::Config& config);

}  // namespace cli::call_command
