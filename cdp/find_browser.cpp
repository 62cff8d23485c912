#include "cdp/find_browser.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cdp/error.hpp"
#include "platform/process/program.hpp"

namespace cdp {
namespace {

namespace fs = std::filesystem;

std::string look_up(const std::string& name_or_path) {
    const char* variable = std::getenv("PATH");
    const auto found = platform::find_program(
        name_or_path, variable != nullptr && *variable != '\0' ? std::string_view{variable} : platform::usual_path);
    return found ? *found : std::string{};
}

}  // namespace

std::vector<std::string> usual_places() {
#ifdef __APPLE__
    std::vector<std::string> places{"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
                                    "/Applications/Chromium.app/Contents/MacOS/Chromium",
                                    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge"};
    const char* home = std::getenv("HOME");
    if (home != nullptr) {
        places.push_back(std::string{home} + "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    }
    places.insert(places.end(), {"google-chrome", "chromium"});
    return places;
#else
    return {"google-chrome-stable",
            "google-chrome",
            "chromium",
            "chromium-browser",
            "chrome",
            "/opt/google/chrome/chrome",
            "/usr/bin/chromium",
            "/usr/lib/chromium/chromium",
            "/usr/lib/chromium-browser/chromium-browser",
            "microsoft-edge-stable",
            "microsoft-edge",
            "/snap/bin/chromium"};
#endif
}

bool is_snap(const std::string& path) {
    std::error_code failed;
    const auto real = fs::canonical(path, failed);
    if (failed) return false;
    if (real.filename() == "snap" || real.string().starts_with("/snap/") ||
        real.string().starts_with("/var/lib/snapd/")) {
        return true;
    }
    char beginning[4096] = {};
    std::ifstream file{real, std::ios::binary};
    file.read(beginning, sizeof beginning - 1);
    const std::string_view text{beginning, static_cast<std::size_t>(file.gcount())};
    return text.starts_with("#!") && text.find("/snap/bin/chromium") != std::string_view::npos;
}

Result<FoundBrowser> find_browser(const std::string& configured) {
    const auto candidates = configured.empty() ? usual_places() : std::vector<std::string>{configured};
    for (const auto& candidate : candidates) {
        auto path = look_up(candidate);
        if (path.empty()) continue;
        FoundBrowser found;
        found.snap = is_snap(path);
        found.path = std::move(path);
        return found;
    }
    return Error{Errc::not_found};
}

}  // namespace cdp
