#include "agent/cli/ephemeral_place.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace cli {
namespace {

namespace fs = std::filesystem;

/// Whether the folder is there and this user may write in it, or may make it below the first one that is there.
bool is_usable(const fs::path& folder) {
    for (fs::path there = folder; !there.empty(); there = there.parent_path()) {
        std::error_code ec;
        if (fs::is_directory(there, ec)) return ::access(there.c_str(), W_OK | X_OK) == 0;
        if (fs::exists(there, ec) || ec || there == there.parent_path()) return false;
    }
    return false;
}

bool has_own_folders(const platform::PathInput& input) {
    const auto paths = platform::find_paths(input);
    return paths && is_usable(paths->state) && is_usable(paths->runtime);
}

/// A home of somebody else's, as root's in a container that is run as another user: its settings are not this user's.
bool has_closed_settings(const platform::PathInput& input) {
    const auto paths = platform::find_paths(input);
    std::error_code ec;
    if (paths) (void)fs::status(paths->config_file, ec);
    return ec == std::errc::permission_denied;
}

std::optional<fs::path> make_folder() {
    const char* chosen = std::getenv("TMPDIR");
    std::vector<fs::path> places{"/tmp", "/dev/shm", "/var/tmp"};
    if (chosen != nullptr && *chosen == '/') places.insert(places.begin(), chosen);
    for (const auto& place : places) {
        auto name = (place / "bmc-agent-XXXXXX").string();
        if (::mkdtemp(name.data()) != nullptr) return name;
    }
    return std::nullopt;
}

}  // namespace

std::string EphemeralPlace::find(platform::PathInput& input) {
    if (has_own_folders(input)) return {};
    const auto made = make_folder();
    if (!made) {
        return "--ephemeral: this user has no home folder (HOME), and none can be made in /tmp: set TMPDIR to a "
               "folder where it may write, or mount a tmpfs at /tmp";
    }
    folder_ = *made;
    std::map<std::string, std::string, std::less<>> ours{{"STATE_DIRECTORY", (folder_ / "state").string()},
                                                         {"RUNTIME_DIRECTORY", (folder_ / "run").string()}};
    if (has_closed_settings(input)) ours.emplace("CONFIGURATION_DIRECTORY", (folder_ / "config").string());
    input.environment = [before = input.environment, ours](const char* name) -> std::optional<std::string> {
        const auto found = ours.find(std::string_view(name));
        return found == ours.end() ? before(name) : found->second;
    };
    return {};
}

EphemeralPlace::~EphemeralPlace() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

}  // namespace cli
