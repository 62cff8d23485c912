#include "agent/service/config.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "agent/service/option.hpp"
#include "platform/file.hpp"
#include "platform/text.hpp"

namespace service {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t file_bytes = 1 << 20;
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

void apply(const Assignment& assignment, Loaded& loaded) {
    const auto* option = find_option(assignment.key);
    if (option == nullptr) {
        loaded.errors.push_back({assignment.origin, "there is no setting " + platform::clean(assignment.key) +
                                                        did_you_mean(assignment.key, all_keys())});
        return;
    }
    auto wrong = option->set(loaded.config, assignment.words);
    if (!wrong.empty()) {
        std::string shown;
        for (const auto& word : assignment.words)
            shown.append(shown.empty() ? "" : ", ").append(platform::clean(word, 80));
        loaded.errors.push_back({assignment.origin, option->key + " = " + shown + ": " + wrong});
        return;
    }
    loaded.origins[option->key] = assignment.origin;
}

void apply_file(const fs::path& path, bool must_exist, Loaded& loaded) {
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
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder, ec)) {
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
    }
    if (ec && ec != std::errc::no_such_file_or_directory) loaded.errors.push_back({folder.string(), ec.message()});
    std::sort(files.begin(), files.end());
    for (const auto& file : files) apply_file(file, true, loaded);
}

void apply_environment(const std::vector<std::string>& environment, Loaded& loaded) {
    std::vector<std::string> names;
    for (const auto& option : options()) names.push_back(option.environment());
    for (const auto& entry : environment) {
        if (!entry.starts_with(environment_prefix)) continue;
        const auto name = entry.substr(0, entry.find('='));
        if (std::find(other_variables.begin(), other_variables.end(), name) != other_variables.end()) continue;
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end()) {
            loaded.errors.push_back({name, "no setting has this variable" + did_you_mean(name, names)});
            continue;
        }
        const auto& option = options()[static_cast<std::size_t>(found - names.begin())];
        const auto value = entry.substr(std::min(entry.size(), name.size() + 1));
        // A list's elements stand between line breaks, since everything else may be part of one.
        auto words = option.kind == Kind::list && !value.empty() ? platform::split(value, '\n')
                                                                 : std::vector<std::string>{value};
        if (option.kind == Kind::list && value.empty()) words.clear();
        apply({option.key, std::move(words), name}, loaded);
    }
}

bool given(const Loaded& loaded, std::string_view key) {
    return loaded.origins.find(key) != loaded.origins.end();
}

std::string without_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

/// What follows from other values, and what values forbid each other.
void complete(Loaded& loaded) {
    auto& config = loaded.config;
    const auto api = without_slash(config.api.url);
    if (!given(loaded, "realtime.url")) config.realtime.url = api + "/realtime/v1";
    if (!given(loaded, "pairing.rest_url")) config.pairing.rest_url = api + "/rest/v1";
    config.realtime.net = config.net;
    if (!given(loaded, "browser.mode") && !config.browser.browser_url.empty()) {
        config.browser.mode = cdp::BrowserMode::attach;
        loaded.origins["browser.mode"] = "follows from browser.url";
    }
    const auto refuse = [&](std::string_view key, std::string what) {
        const auto origin = loaded.origins.find(key);
        loaded.errors.push_back({origin == loaded.origins.end() ? std::string(key) : origin->second, std::move(what)});
    };
    if (config.browser.mode == cdp::BrowserMode::attach && config.browser.browser_url.empty()) {
        refuse("browser.mode", "browser.mode = attach needs browser.url: say where the browser's DevTools are");
    }
    if (config.browser.mode == cdp::BrowserMode::hosted && config.browser.host_socket.empty()) {
        refuse("browser.mode", "browser.mode = hosted needs browser.host_socket: say where the browser host listens");
    }
    if (config.realtime.backoff_base > config.realtime.backoff_cap) {
        refuse("realtime.backoff_base", "realtime.backoff_base is greater than realtime.backoff_cap");
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
    config.browser.default_page = config.relay.default_page;
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
    apply_file(loaded.config.paths.config_file, input.file.has_value(), loaded);
    if (!input.file) apply_dropins(loaded.config.paths.config_dropins, loaded);
    apply_environment(input.environment, loaded);
    for (const auto& assignment : input.flags) apply(assignment, loaded);
    if (loaded.errors.empty()) complete(loaded);
    return loaded;
}

Difference difference(const Config& before, const Config& after) {
    Difference found;
    for (const auto& option : options()) {
        if (option.get(before) == option.get(after)) continue;
        (option.live ? found.live : found.restart).push_back(option.key);
    }
    return found;
}

}  // namespace service
