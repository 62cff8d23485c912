// A person's login at the terminal: in a browser on this machine, by a pasted address, or on another device by a code.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "agent/pairing/oauth.hpp"

namespace pairing {

struct LoginWishes {
    bool no_browser = false;                    // --no-browser: never open one here
    std::filesystem::path client_file;          // keeps the registered client's id; empty: not kept
    std::function<void(std::string_view)> say;  // a line for the person
    int answers = 0;                            // descriptor of the terminal, for the pasted address
};

awaitable<Step<Login>> log_in(OAuthNeeds needs, LoginWishes wishes);

/// Whether a browser on this machine has a screen, and the person is in front of it.
bool has_desktop();

/// A QR code in half blocks, dark on light, for a terminal.
std::string qr_text(const std::string& text);

}  // namespace pairing
