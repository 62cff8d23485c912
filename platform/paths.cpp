#include "platform/paths.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace platform {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view base_name = "bmc-agent";
#ifdef __APPLE__
constexpr const char* system_runtime = "/Library/Application Support";  // nobody makes folders in /var/run there
#else
constexpr const char* system_runtime = "/run";
#endif

std::string folder_name(std::string_view profile) {
    std::string name(base_name);
    if (!profile.empty()) name.append("@").append(profile);
    return name;
}

/// The folders that hold one folder a profile each.
struct Roots {
    fs::path config, state, runtime;
};

/// An XDG variable counts only when it is an absolute path (XDG base directory specification).
std::optional<fs::path> absolute(const PathInput& input, const char* variable) {
    const auto value = input.environment(variable);
    if (!value || value->empty() || value->front() != '/') return std::nullopt;
    return fs::path(*value);
}

Result<Roots> roots_of(const PathInput& input) {
#ifdef __APPLE__
    if (input.uid == 0 && !input.user_scope) {
        const fs::path library = "/Library/Application Support";
        return Roots{library, library, system_runtime};
    }
#else
    if (input.uid == 0 && !input.user_scope) return Roots{"/etc", "/var/lib", system_runtime};
#endif
    const auto home = absolute(input, "HOME");
    const auto config = absolute(input, "XDG_CONFIG_HOME");
    const auto state = absolute(input, "XDG_STATE_HOME");
    // Of another user's session, which `su` and `sudo` may leave in the environment, or of one that is over: ignored.
    auto runtime = absolute(input, "XDG_RUNTIME_DIR");
    if (runtime && input.is_ours && !input.is_ours(*runtime)) runtime.reset();
    // Under systemd all three may be given one by one, and HOME may be missing.
    const bool given = input.environment("STATE_DIRECTORY") && input.environment("RUNTIME_DIRECTORY");
    if (!home && !given && !(config && state)) {
        return Error(ENOENT, boost::system::generic_category());
    }
    Roots roots;
#ifdef __APPLE__
    const fs::path library = home.value_or("/") / "Library/Application Support";
    roots = {library, library, library};
#else
    roots.config = config.value_or(home.value_or("/") / ".config");
    roots.state = state.value_or(home.value_or("/") / ".local/state");
    // Without a login session there is no runtime folder: then the sockets live in the state folder, which is private
    // too.
    roots.runtime = runtime.value_or(roots.state);
#endif
    return roots;
}

/// systemd may give several folders, separated by colons: ours is the first.
std::optional<fs::path> from_manager(const PathInput& input, const char* variable) {
    auto value = input.environment(variable);
    if (!value || value->empty()) return std::nullopt;
    return fs::path(value->substr(0, value->find(':')));
}

}  // namespace

PathInput path_input_of_process() {
    PathInput input;
    input.uid = ::geteuid();
    input.environment = [](const char* name) -> std::optional<std::string> {
        const char* value = std::getenv(name);
        if (value == nullptr) return std::nullopt;
        return value;
    };
    input.is_ours = [user = ::geteuid()](const fs::path& folder) {
        struct stat about {};
        return ::stat(folder.c_str(), &about) == 0 && S_ISDIR(about.st_mode) && about.st_uid == user;
    };
    return input;
}

Result<Paths> find_paths(const PathInput& input) {
    const auto roots = roots_of(input);
    if (!roots) return roots.error();
    const auto name = folder_name(input.profile);
    Paths paths;
    const auto config = from_manager(input, "CONFIGURATION_DIRECTORY").value_or(roots->config / name);
    paths.config_file = config / "agent.toml";
    paths.config_dropins = config / "agent.toml.d";
    paths.state = from_manager(input, "STATE_DIRECTORY").value_or(roots->state / name);
    paths.runtime = from_manager(input, "RUNTIME_DIRECTORY").value_or(roots->runtime / name);
    const bool ordinary = input.uid != 0 && !input.user_scope && !from_manager(input, "RUNTIME_DIRECTORY");
    if (ordinary) paths.system_socket = fs::path(system_runtime) / name / "control.sock";
    return paths;
}

bool is_profile_name(std::string_view name) noexcept {
    const auto fine = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    };
    return !name.empty() && name.size() <= 64 && name.front() != '.' && name.front() != '-' &&
           std::all_of(name.begin(), name.end(), fine);
}

std::vector<std::string> list_profiles(const PathInput& input) {
    const auto roots = roots_of(input);
    if (!roots) return {};
    std::set<std::string> found;
    for (const auto& root : {roots->config, roots->state}) {
        std::error_code ec;
        for (const auto& entry : fs::directory_iterator(root, ec)) {
            const auto name = entry.path().filename().string();
            if (name == base_name) found.insert("");
            const auto prefix = std::string(base_name) + "@";
            if (name.starts_with(prefix) && is_profile_name(name.substr(prefix.size()))) {
                found.insert(name.substr(prefix.size()));
            }
        }
    }
    return {found.begin(), found.end()};
}

}  // namespace platform
