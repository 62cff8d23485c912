#include "agent/config/config.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "agent/config/controllers_file.hpp"
#include "agent/config/judge.hpp"
#include "agent/config/option.hpp"
#include "agent/config/removed_settings.hpp"
#include "agent/config/service_links.hpp"
#include "agent/credentials/backend.hpp"
#include "agent/credentials/key_kind.hpp"
#include "cdp/discover.hpp"
#include "platform/file.hpp"
#include "platform/process/program.hpp"
#include "platform/text.hpp"
#include "platform/trust.hpp"
#include "platform/url.hpp"

namespace config {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t file_bytes = 1 << 20;
constexpr std::string_view realtime_path = "/realtime/v1";
constexpr std::string_view rest_path = "/rest/v1";
constexpr std::string_view environment_prefix = "BMC_AGENT_";
/// Variables of that prefix that are no options.
constexpr std::array<std::string_view, 2> other_variables{"BMC_AGENT_SOCKET", "BMC_AGENT_PROFILE"};

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& names) {
    const auto near = platform::nearest(wrong, names);
    return near ? "; did you mean " + *near + "?" : std::string{};
}

std::vector<std::string> all_keys() {
    std::vector<std::string> keys;
    for (const auto& option : options()) keys.push_back(option.key);
    return keys;
}

/// An upgrade must not stop an agent for a line that has lost its meaning.
void note_removed(const std::string& origin, const std::string& key, Loaded& loaded) {
    loaded.notices.push_back({origin, key + " is no setting any more and has no effect: remove it"});
}

void apply(const Assignment& assignment, Loaded& loaded) {
    const auto* option = find_option(assignment.key);
    if (option == nullptr && was_setting(assignment.key))
        return note_removed(assignment.origin, assignment.key, loaded);
    if (option == nullptr) {
        loaded.errors.push_back({assignment.origin, "there is no setting " + platform::clean(assignment.key) +
                                                        did_you_mean(assignment.key, all_keys())});
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
        if (const auto* removed = removed_setting_of(name); removed != nullptr) {
            note_removed(name, std::string{*removed}, loaded);
            continue;
        }
        if (found == names.end()) {
            loaded.errors.push_back({name, "no setting has this variable" + did_you_mean(name, names)});
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

bool given(const Loaded& loaded, std::string_view key) {
    return loaded.origins.find(key) != loaded.origins.end();
}

std::string without_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

/// Files that settings name and that decide whom we trust or what is run here. Those that are to be secret are judged
/// where they are read.
std::vector<std::pair<std::string, fs::path>> deciding_files(const Config& config) {
    std::vector<std::pair<std::string, fs::path>> files;
    if (!config.net.ca_file.empty()) files.emplace_back("net.ca_file", config.net.ca_file);
    if (!config.net.ca_folder.empty()) files.emplace_back("net.ca_folder", config.net.ca_folder);
    for (std::size_t i = 0; i < hooks::hook_events; ++i) {
        for (const auto& program : platform::programs_of(config.hooks.commands[i])) {
            files.emplace_back(setting_of(static_cast<hooks::HookEvent>(i)), program);
        }
    }
    return files;
}

std::string origin_of(const Loaded& loaded, std::string_view key) {
    const auto found = loaded.origins.find(key);
    return found == loaded.origins.end() ? std::string{} : found->second;
}

/// The base address that this one lies below: without `below` at its end, else the host's alone.
std::string base_of(std::string_view url, std::string_view below) {
    const auto address = credentials::normal_address(url);
    if (!address) return std::string(url);
    if (address->ends_with(below)) return address->substr(0, address->size() - below.size());
    return platform::parse_url(*address)->origin();
}

/// One address of a backend leads to the others: else what is named for one would go to the default's others.
void complete_backend(Loaded& loaded) {
    auto& config = loaded.config;
    const bool given_url = given(loaded, "api.url");
    for (const auto& [key, url, below] : {std::tuple{"realtime.url", config.realtime.url, realtime_path},
                                          std::tuple{"pairing.rest_url", config.pairing.rest_url, rest_path}}) {
        if (given(loaded, "api.url") || !given(loaded, key)) continue;
        config.api.url = base_of(url, below);
        loaded.origins["api.url"] = std::string("follows from ") + key;
    }
    const auto api = without_slash(config.api.url);
    if (!given(loaded, "realtime.url")) config.realtime.url = api + std::string(realtime_path);
    if (!given(loaded, "pairing.rest_url")) config.pairing.rest_url = api + std::string(rest_path);
    const bool follows = !given_url && given(loaded, "api.url");
    config.named = {.api_url = follows ? std::string{} : origin_of(loaded, "api.url"),
                    .realtime_url = origin_of(loaded, "realtime.url"),
                    .rest_url = origin_of(loaded, "pairing.rest_url"),
                    .device_token_url = origin_of(loaded, "pairing.device_token_url"),
                    .issuer = origin_of(loaded, "pairing.issuer"),
                    .resource = origin_of(loaded, "pairing.resource"),
                    .api_key = config.api.key.empty() ? std::string{} : origin_of(loaded, "api.key")};
}

/// What values forbid each other.
void refuse_contradictions(Loaded& loaded) {
    const auto& config = loaded.config;
    const auto refuse = [&](std::string_view key, std::string what) {
        const auto origin = loaded.origins.find(key);
        loaded.errors.push_back({origin == loaded.origins.end() ? std::string(key) : origin->second, std::move(what)});
    };
    if (const auto wrong = credentials::wrong_as_public_key(config.api.key)) refuse("api.key", "api.key " + *wrong);
    if (config.browser.mode == cdp::BrowserMode::attach && config.browser.browser_url.empty()) {
        refuse("browser.mode", "browser.mode = attach needs browser.url: say where the browser's DevTools are");
    }
    if (config.browser.mode == cdp::BrowserMode::hosted && config.browser.host_socket.empty()) {
        refuse("browser.mode", "browser.mode = hosted needs browser.host_socket: say where the browser host listens");
    }
    if (config.realtime.silence <= config.realtime.heartbeat) {
        refuse("realtime.silence", "realtime.silence must be longer than realtime.heartbeat");
    }
    if (config.relay.timeout > config.relay.max_timeout) {
        refuse("relay.timeout", "relay.timeout is greater than relay.max_timeout");
    }
    if (config.relay.audit.journal && config.log.level > platform::log::Level::info) {
        refuse("audit.journal",
               "audit.journal writes at the level info, which log.level leaves out: set log.level = \"info\", or "
               "audit.file");
    }
    for (const auto& [key, file] : deciding_files(config)) {
        if (auto wrong = platform::why_not_trusted(file); !wrong.empty()) refuse(key, key + ": " + wrong);
    }
}

/// What follows from other values.
void complete(Loaded& loaded) {
    auto& config = loaded.config;
    complete_backend(loaded);
    config.realtime.net = config.net;
    if (!given(loaded, "browser.mode") && !config.browser.browser_url.empty()) {
        config.browser.mode = cdp::BrowserMode::attach;
        loaded.origins["browser.mode"] = "follows from browser.url";
    }
    read_controllers(loaded);
    refuse_contradictions(loaded);
    config.browser.default_page = config.relay.default_page;
    config.relay.policy.own_ports = {config.control.metrics_port, config.pairing.callback_port,
                                     cdp::devtools_port(config.browser)};
    config.relay.browser_has_window = cdp::may_have_windows(config.browser);
}

}  // namespace

Loaded load_config(const ConfigInput& input) {
    Loaded loaded;
    loaded.config.profile = input.paths.profile;
    const auto paths = platform::find_paths(input.paths);
    if (!paths) {
        loaded.errors.push_back(
            {"HOME", "is not set, so that there is no place for files: set HOME or XDG_STATE_HOME"});
        return loaded;
    }
    loaded.config.paths = *paths;
    if (input.file) loaded.config.paths.config_file = *input.file;
    apply_files(loaded.config.paths, input.file.has_value(), loaded);
    apply_environment(input.environment, loaded);
    for (const auto& assignment : input.flags) apply(assignment, loaded);
    if (!loaded.errors.empty()) return loaded;
    complete(loaded);
    loaded.merged = loaded.errors.empty();
    judge(loaded, input.environment);
    return loaded;
}

Difference difference(const Config& before, const Config& after) {
    Difference found;
    for (const auto& option : options()) {
        if (option.get(before) == option.get(after)) continue;
        (option.live ? found.live : found.restart).push_back(option.key);
    }
    // Of a file that is named as before another content may count: who takes a key out of it wants to read that it did.
    const relay::TrustSettings& old = before.relay.trust;
    const relay::TrustSettings& now = after.relay.trust;
    if (old.controllers_file == now.controllers_file && old.controllers_text != now.controllers_text) {
        found.live.emplace_back("trust.controllers_file");
    }
    return found;
}

}  // namespace config
