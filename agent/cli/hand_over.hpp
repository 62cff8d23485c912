// `agent --hand-to SOCKET`: a hook that hands its event to a service with other rights (bmc-hook.socket).
#pragma once

#include <filesystem>

namespace cli::hand_over {

/// Writes standard input to the unix socket and waits until the other side has closed. Returns the process's exit code.
int run(const std::filesystem::path& socket);

}  // namespace cli::hand_over
