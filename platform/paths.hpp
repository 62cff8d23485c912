// Where things live on a host: under systemd or as root in the system's folders, by hand in the XDG folders.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "platform/core/result.hpp"

namespace platform {

/// The folders of one profile. Nothing is created here.
struct Paths {
    std::filesystem::path config_file;     // agent.toml
    std::filesystem::path config_dropins;  // agent.toml.d: *.toml in it are read in the order of their names
    std::filesystem::path state;           // credentials and device identity; 0700
    std::filesystem::path runtime;         // control socket, browser's runtime files
    std::filesystem::path control_socket() const { return runtime / "control.sock"; }
    /// The system service's, for an ordinary user who has no agent and may read that one; empty: not theirs.
    std::filesystem::path system_socket;
};

/// What the choice depends on; taken from the process by default, given by tests.
struct PathInput {
    std::string profile = {};  // empty: the default one
    bool user_scope = false;   // --user: the calling user's own folders even for root
    unsigned uid = 0;
    std::function<std::optional<std::string>(const char*)> environment;
    /// Whether a folder is there and belongs to that user. Empty: every one does.
    std::function<bool(const std::filesystem::path&)> is_ours = {};
};
PathInput path_input_of_process();

/// Profiles are kept apart as siblings: `bmc-agent` and `bmc-agent@NAME`. $STATE_DIRECTORY, $RUNTIME_DIRECTORY and
/// $CONFIGURATION_DIRECTORY (systemd) win over all.
Result<Paths> find_paths(const PathInput& input);

/// Letters, digits, '-', '_' and '.', at most 64, not beginning with '.' or '-'.
bool is_profile_name(std::string_view name) noexcept;

/// The profiles that have a state or configuration folder beside the default one's; "" for the default one.
std::vector<std::string> list_profiles(const PathInput& input);

}  // namespace platform
