#include "agent/config/browser_fence.hpp"

#include <cstdlib>

#include "agent/relay/core/browser_policy.hpp"
#include "platform/paths.hpp"

namespace config {
namespace {

namespace fs = std::filesystem;

/// A folder that others need too stays: somebody chose it for more than us.
bool is_ours_alone(const fs::path& folder) {
    const char* home = std::getenv("HOME");
    const auto ends = home != nullptr ? fs::path{home}.lexically_relative(folder) : fs::path{};
    const bool holds_home = !ends.empty() && *ends.begin() != "..";
    return folder.is_absolute() && folder.has_relative_path() && !holds_home;
}

/// Credential, configuration and control socket, of all profiles of this user, and what holds a secret elsewhere.
std::vector<std::string> hidden_paths(const Config& config) {
    std::vector<std::string> hidden;
    const auto add = [&hidden](const fs::path& path) {
        if (is_ours_alone(path)) hidden.push_back(path.string());
    };
    const auto add_paths = [&add](const platform::Paths& paths) {
        add(paths.state);
        add(paths.runtime);
        add(paths.config_file.parent_path());
    };
    add_paths(config.paths);
    auto input = platform::path_input_of_process();
    auto names = platform::list_profiles(input);
    names.emplace_back();
    for (auto& name : names) {
        input.profile = std::move(name);
        if (const auto paths = platform::find_paths(input)) add_paths(*paths);
    }
    add(config.credentials.key_file);
    add(config.credentials.token_file);
    if (const char* given = std::getenv("CREDENTIALS_DIRECTORY")) add(given);
    return hidden;
}

}  // namespace

cdp::Settings settings_of(const Config& config, const relay::Policy& policy, const std::string& spool) {
    cdp::Settings settings = config.browser;
    settings.managed_policy = relay::browser_policy(policy);
    settings.hidden_paths = hidden_paths(config);
    if (policy.settings().profile != relay::Profile::full) settings.resolver_rules = policy.hosts().resolver_rules();
    for (const auto& folder : {spool, settings.runtime_folder, settings.profile_folder}) {
        if (!folder.empty()) settings.visible_paths.push_back(folder);
    }
    return settings;
}

}  // namespace config
