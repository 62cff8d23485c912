// The support bundle: what support needs in one text, and nothing that opens a door.
#include <array>
#include <nlohmann/json.hpp>
#include <regex>

#include "agent/credentials/store.hpp"
#include "agent/doctor.hpp"
#include "agent/pairing/device.hpp"
#include "agent/service/control.hpp"
#include "agent/store_settings.hpp"
#include "platform/json.hpp"
#include "platform/text.hpp"

namespace doctor {
namespace {

constexpr std::string_view hidden = "(not shown)";
/// Shorter ones would stand in many a word.
constexpr std::size_t shortest_secret = 4;

std::string ask(const service::Config& config, std::string target) {
    const auto asked = service::ask_agent(service::socket_of(config.paths), "GET", std::move(target));
    if (!asked.running) return "(no agent runs for this profile)";
    // A line a member: what follows looks at one line at a time.
    if (const auto tree = platform::parse_json(asked.body)) return platform::to_text(*tree, 2);
    return asked.status == 200 ? asked.body : "(no answer: " + (asked.body.empty() ? asked.problem : asked.body) + ")";
}

void hide_all(std::string& text, std::string_view secret) {
    if (secret.size() < shortest_secret) return;
    for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += hidden.size()) {
        text.replace(at, secret.size(), hidden);
    }
}

/// What this machine holds: wherever it stands, it goes.
std::vector<std::string> secrets_of(const service::Config& config) {
    std::vector<std::string> secrets{config.api.key};
    credentials::Store store(store_settings(config));
    const auto credential = store.load();
    if (!credential) return secrets;
    secrets.emplace_back(credential->access_token.reveal());
    secrets.emplace_back(credential->api_key.reveal());
    secrets.push_back(credential->account);
    if (credential->refresh) secrets.emplace_back(credential->refresh->token.reveal());
    return secrets;
}

/// What nobody told us to be secret and looks so.
const std::array<std::pair<std::regex, std::string>, 5>& patterns() {
    static const std::array<std::pair<std::regex, std::string>, 5> all{{
        // A JWT, whole or cut.
        {std::regex{R"(eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*){0,2})"}, std::string(hidden)},
        // Supabase's keys of the newer form.
        {std::regex{R"(sb_(secret|publishable)_[A-Za-z0-9_-]+)"}, std::string(hidden)},
        {std::regex{R"([Bb]earer\s+[^\s"',]+)"}, "Bearer " + std::string(hidden)},
        // User and password in an address.
        {std::regex{R"(://[^/\s"'@]+@)"}, "://" + std::string(hidden) + "@"},
        // --token=VALUE, API_KEY = "VALUE", "password": "VALUE"; in any case.
        {std::regex{
             R"re(((token|secret|passwo?r?d|api_?key|cookie)[A-Za-z0-9_.-]*(\s*=\s*|\\?["']\s*:\s*)\\?["']?)(?!\(not shown\)|[\s\[{"\\])[^\s"',&\]}\\]+)re",
             std::regex::icase},
         "$1" + std::string(hidden)},
    }};
    return all;
}

}  // namespace

std::string without_secrets(std::string text, const std::vector<std::string>& secrets) {
    for (const auto& secret : secrets) hide_all(text, secret);
    // A line at a time: the library's matcher recurses over what it is given.
    std::string out;
    for (const auto& line : platform::split(text, '\n')) {
        auto clean = line;
        for (const auto& [pattern, instead] : patterns()) clean = std::regex_replace(clean, pattern, instead);
        out.append(clean).append("\n");
    }
    out.pop_back();
    return out;
}

std::string support_bundle(const service::Loaded& loaded) {
    const auto section = [](std::string_view name, const std::string& text) {
        return "=== " + std::string(name) + "\n" + text + "\n";
    };
    std::string wrong;
    for (const auto& [where, what] : loaded.errors) wrong += "# " + where + ": " + what + "\n";
    auto text = section("version", "agent " BMC_VERSION ", " + pairing::os_name()) +
                section("doctor", for_people(examine(loaded))) + section("status", ask(loaded.config, "/status")) +
                section("metrics", ask(loaded.config, "/metrics")) +
                section("configuration", wrong + service::describe(loaded)) +
                section("log", ask(loaded.config, "/log"));
    return without_secrets(std::move(text), secrets_of(loaded.config));
}

}  // namespace doctor
