// Runs a command of a controller: with the credential that it may use, on a loop that ends with it.
#pragma once

#include <functional>

#include "agent/bridge/controller.hpp"
#include "agent/cli/arguments.hpp"
#include "agent/control/exit_code.hpp"
#include "platform/net.hpp"

namespace cli {

/// The exit code is the command's, or says why there is no credential.
using ControllerCommand = std::function<awaitable<control::Exit>(bridge::Controller&)>;
control::Exit as_controller(const arguments::TokenFrom& from, const config::Config& config,
                            const ControllerCommand& command);

}  // namespace cli
