// The whole configuration: one struct that holds every room's settings, merged from defaults, file, drop-ins,
// environment and command line, in that order; each value knows where it came from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/hooks/settings.hpp"
#include "agent/pairing/settings.hpp"
#include "agent/realtime/settings.hpp"
#include "agent/relay/settings.hpp"
#include "cdp/settings.hpp"
#include "platform/log/log.hpp"
#include "platform/net_options.hpp"
#include "platform/paths.hpp"

namespace config {

/// Where the backend is, and the public key that goes into the address.
struct ApiSettings {
    std::string url = "https://api.busymate.net";  // REST below /rest/v1, Realtime below /realtime/v1
    std::string key;                               // the project's public key; empty: the token serves as key
};

/// Who named the addresses that a credential may go to, and the public key: a file with its line, a variable, a flag.
/// Empty: nobody did, the value is the default or the pairing's.
struct BackendNames {
    std::string api_url, realtime_url, rest_url, device_token_url, issuer, resource, api_key;
};

struct LogSettings {
    platform::log::Level level = platform::log::Level::info;
    platform::log::Format format = platform::log::Format::automatic;
};

/// How the credential is kept.
struct CredentialSettings {
    bool bind = true;                  // to this machine
    std::filesystem::path key_file;    // seals the store; empty: not sealed
    std::filesystem::path token_file;  // a token that others put there, in place of the store
    Duration max_offline{};            // wiped after so long without a join; 0: never
};

/// After an upgrade the agent restarts when nobody uses it.
struct UpgradeSettings {
    Duration grace = std::chrono::minutes{10};  // the longest wait
    Duration quiet = std::chrono::seconds{10};  // nobody uses it after this time without a command
};

struct ControlSettings {
    std::string group = "bmc-agent";  // may read status and metrics
    std::uint16_t metrics_port = 0;   // on loopback, for scrapers; 0: none
};

struct Config {
    std::string profile;  // empty: the default one
    platform::Paths paths;
    ApiSettings api;
    BackendNames named;
    platform::NetOptions net;  // for every connection to the outside
    realtime::Settings realtime;
    cdp::Settings browser;
    relay::Settings relay;
    pairing::Settings pairing;
    CredentialSettings credentials;
    hooks::HookSettings hooks;
    ControlSettings control;
    LogSettings log;
    Duration stop_grace = std::chrono::seconds{2};  // to drain the outbox at an orderly stop
    UpgradeSettings upgrade;
};

/// One thing that is wrong with the configuration.
struct ConfigError {
    std::string where;  // "/etc/bmc-agent/agent.toml:12", "BMC_AGENT_LOG_LEVEL", "--log-level"
    std::string what;   // a sentence: what is wrong, and what would be right
};

/// A value as it was written, and where.
struct Assignment {
    std::string key;
    std::vector<std::string> words;  // one, or the elements of a list
    std::string origin;
};

struct Loaded {
    Config config;
    std::map<std::string, std::string, std::less<>> origins;  // of each key that is not at its default
    std::vector<ConfigError> errors;                          // all of them, not only the first
    std::vector<ConfigError> notices;                         // what is odd and does no harm
    bool merged = false;  // every value could be read: what errors there are say that one of them cannot work
};

/// What load() reads besides the files.
struct ConfigInput {
    platform::PathInput paths;
    std::optional<std::filesystem::path> file;  // --config: must exist; none: the usual place, which may be empty
    std::vector<Assignment> flags;
    std::vector<std::string> environment;  // "NAME=value", as in environ
};
/// Reads, merges and judges (agent/config/judge.hpp): one-shot commands, the start and a reload refuse the same.
Loaded load_config(const ConfigInput& input);

/// Reads a TOML text into assignments; errors (syntax, tables where a value belongs) are added to `errors`.
std::vector<Assignment> read_toml(std::string_view text, const std::string& name, std::vector<ConfigError>& errors);

/// The merged values with their origins, as TOML with comments: `agent --config-check`.
std::string describe(const Loaded& loaded);
/// Likewise as JSON: {"settings":[{"key":…,"value":…,"origin":…}],"notices":[…]}, each value as TOML writes it, or null
/// where it is secret.
std::string describe_as_json(const Loaded& loaded);

/// The commented default file: every key with its meaning, unit, range and default.
std::string default_file();

/// The keys whose values differ: those that a running agent takes over, and those that need a restart.
struct Difference {
    std::vector<std::string> live;
    std::vector<std::string> restart;
};
Difference difference(const Config& before, const Config& after);

}  // namespace config
