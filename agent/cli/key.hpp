// `agent --key` and `agent --forget-device DEVICE`: the key that this controller shows, and those of far devices that
// it knows.
#pragma once

#include "agent/cli/arguments.hpp"
#include "agent/control/exit_code.hpp"

namespace cli::key_command {

/// Prints the public key as a line of OpenSSH's.
control::Exit print(const arguments::Key& wished, const config::Config& config, bool json);

/// Takes a device out of known_devices.
control::Exit forget(const arguments::ForgetDevice& wished, const config::Config& config);

}  // namespace cli::key_command
