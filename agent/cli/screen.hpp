// The screen of this machine: whether the person sits in front of it, and the browser that opens an address there.
#pragma once

#include <optional>
#include <string>

#include "platform/net.hpp"

namespace cli {

/// Whether the person is in front of this machine's screen: not over SSH.
bool has_screen();

/// Opens an address in the person's own browser, and returns when the opener has ended; what went wrong. A browser that
/// stays in the foreground is left running.
awaitable<std::optional<std::string>> browse(std::string address);

}  // namespace cli
