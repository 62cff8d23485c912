#include "agent/config/sources.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/config/option.hpp"
#include "agent/config/removed_settings.hpp"
#include "agent/config/service_links.hpp"
#include "agent/config/unknown_setting.hpp"
#include "platform/file.hpp"
#include "platform/text.hpp"
#include "platform/trust.hpp"

namespace config {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t file_bytes = 1 << 20;
constexpr std::string_view environment_prefix = "BMC_AGENT_";
/// Variables of that prefix that are no options.
constexpr std::array<std::string_view, 2> other_variables{"BMC_AGENT_SOCKET", "BMC_AGENT_PROFILE"};

/// An upgrade must not stop an agent for a line that has lost its meaning.
void note_removed(const std::string& origin, const std::string& key, Loaded& loaded) {
    loaded.notices.push_back({origin, key + " is no setting any more and has no effect: remove it"});
}

void apply(const Assignment& assignment, Loaded& loaded) {
    const auto* option = find_option(assignment.key);
    if (option == nullptr && was_setting(assignment.key))
        return note_removed(assignment.origin, assignment.key, loaded);
    if (option == nullptr) {
        loaded.errors.push_back({assignment.origin, unknown_key(assignment.key)});
        return;
    }
    auto wrong = option->set(loaded.config, assignment.words);
    if (!wrong.empty()) {
        std::string shown;
        for (const auto& word : assignment.words)
            shown.append(shown.empty() ? "" : ", ").append(platform::clean(without_secrets(*option, word), 80));
        loaded.errors.push_back({assignment.origin, option->key + " = " + shown + ": " + wrong});
        return;
    }
    loaded.origins[option->key] = assignment.origin;
}

/// A file that decides, and that another user could change: true, and an error.
bool is_anybodys(const fs::path& path, platform::Sharing sharing, Loaded& loaded) {
    auto wrong = platform::why_not_trusted(path, sharing);
    if (wrong.empty()) return false;
    loaded.errors.push_back({path.string(), std::move(wrong)});
    return true;
}

void apply_file(const fs::path& path, bool must_exist, Loaded& loaded) {
    if (is_anybodys(path, platform::Sharing::none, loaded)) return;
    const auto text = platform::read_file(path, file_bytes);
    if (!text) {
        const bool missing = text.error() == boost::system::errc::no_such_file_or_directory;
        if (missing && !must_exist) return;
        loaded.errors.push_back({path.string(), missing ? "there is no such file" : text.error().message()});
        return;
    }
    for (const auto& assignment : read_toml(*text, path.string(), loaded.errors)) apply(assignment, loaded);
}

void apply_dropins(const fs::path& folder, Loaded& loaded) {
    std::error_code ec;
    if (!fs::exists(folder, ec) || is_anybodys(folder, platform::Sharing::none, loaded)) return;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder, ec)) {
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
    }
    if (ec && ec != std::errc::no_such_file_or_directory) loaded.errors.push_back({folder.string(), ec.message()});
    std::sort(files.begin(), files.end());
    for (const auto& file : files) apply_file(file, true, loaded);
}

void apply_files(const platform::Paths& paths, bool named, Loaded& loaded) {
    std::error_code ec;
    const auto folder = fs::absolute(paths.config_file).parent_path();
    if (fs::exists(folder, ec) && is_anybodys(folder, platform::Sharing::sticky, loaded)) return;
    apply_file(paths.config_file, named, loaded);
    if (!named) apply_dropins(paths.config_dropins, loaded);
}

/// A variable that is there and empty (`${X:-}` of a compose file) leaves such a setting as it is.
bool needs_a_value(const Option& option) {
    if (option.kind != Kind::text) return option.kind != Kind::list;
    constexpr std::array<std::string_view, 5> addresses{"api.url", "realtime.url", "pairing.rest_url",
                                                        "pairing.resource", "pairing.issuer"};
    return std::find(addresses.begin(), addresses.end(), option.key) != addresses.end();
}

void apply_variable(const std::string& name, const std::string& value, const Option& option, Loaded& loaded) {
    if (value.empty() && needs_a_value(option)) {
        loaded.notices.push_back({name, "is empty and counts as not given"});
        return;
    }
    // A list's elements stand between line breaks, since everything else may be part of one.
    std::vector<std::string> words;
    if (option.kind != Kind::list) words = {value};
    if (option.kind == Kind::list && !value.empty()) words = platform::split(value, '\n');
    apply({option.key, std::move(words), name}, loaded);
}

void apply_environment(const std::vector<std::string>& environment, Loaded& loaded) {
    std::vector<std::string> names, links;
    for (const auto& option : options()) names.push_back(option.environment());
    for (const auto& entry : environment) {
        if (!entry.starts_with(environment_prefix)) continue;
        const auto name = entry.substr(0, entry.find('='));
        if (std::find(other_variables.begin(), other_variables.end(), name) != other_variables.end()) continue;
        const auto value = entry.substr(std::min(entry.size(), name.size() + 1));
        if (is_service_link(name, value)) {
            links.push_back(name);
            continue;
        }
        const auto found = std::find(names.begin(), names.end(), name);
        if (const auto* former = removed_setting_of(name); former != nullptr) {
            note_removed(name, std::string{*former}, loaded);
            continue;
        }
        if (found == names.end()) {
            loaded.errors.push_back({name, unknown_variable(name)});
            continue;
        }
        apply_variable(name, value, options()[static_cast<std::size_t>(found - names.begin())], loaded);
    }
    if (links.empty()) return;
    const auto more =
        links.size() == 1 ? std::string{} : " (and " + std::to_string(links.size() - 1) + " more like it)";
    loaded.notices.push_back({links.front(), "is a service link of Kubernetes" + more +
                                                 ", not a setting: ignored; a pod with "
                                                 "enableServiceLinks: false has none"});
}

}  // namespace

void apply_sources(const ConfigInput& input, Loaded& loaded) {
    apply_files(loaded.config.paths, input.file.has_value(), loaded);
    apply_environment(input.environment, loaded);
    for (const auto& assignment : input.flags) apply(assignment, loaded);
}

}  // namespace config
