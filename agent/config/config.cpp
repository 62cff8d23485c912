#include "agent/config/config.hpp"

#include <tuple>
#include <utility>

#include "agent/config/controllers_file.hpp"
#include "agent/config/judge.hpp"
#include "agent/config/option.hpp"
#include "agent/config/sources.hpp"
#include "agent/credentials/backend.hpp"
#include "agent/credentials/key_kind.hpp"
#include "cdp/discover.hpp"
#include "platform/process/program.hpp"
#include "platform/trust.hpp"
#include "platform/url.hpp"

namespace config {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view realtime_path = "/realtime/v1";
constexpr std::string_view rest_path = "/rest/v1";

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
    apply_sources(input, loaded);
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
