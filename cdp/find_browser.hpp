// Finds a Chrome or Chromium on this machine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/core/result.hpp"

namespace cdp {

struct FoundBrowser {
    std::string path;   // an executable file
    bool snap = false;  // a snap, or a wrapper that starts one: confined, it sees neither /tmp nor hidden folders
};

/// The configured path (or name, looked up in PATH), else the usual names and places of this operating system.
/// Errc::not_found where there is none.
Result<FoundBrowser> find_browser(const std::string& configured);

/// The names and places that are looked through, for messages and doctor.
std::vector<std::string> usual_places();

/// Whether the file is a snap's launcher: a link to snap itself, or Ubuntu's small script that starts it.
bool is_snap(const std::string& path);

}  // namespace cdp
