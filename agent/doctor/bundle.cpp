// The support bundle: what support needs in one text, and nothing that opens a door.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/control/control.hpp"
#include "agent/control/running_agent.hpp"
#include "agent/credentials/store.hpp"
#include "agent/doctor/doctor.hpp"
#include "agent/doctor/report.hpp"
#include "agent/pairing/device.hpp"
#include "agent/pairing/store_settings.hpp"
#include "platform/json/tree.hpp"
#include "platform/log/redact.hpp"
#include "platform/text.hpp"

namespace doctor {
namespace {

using platform::not_shown;

/// Shorter ones would stand in many a word.
constexpr std::size_t shortest_secret = 4;

std::string ask(const config::Config& config, std::string target) {
    const auto agent = control::running::find(config, control::running::Need::read);
    if (!agent.problem.empty()) return fmt::format("(no answer: {})", agent.problem);
    if (agent.socket.empty()) return "(no agent runs for this profile)";
    const auto asked = control::ask_agent(agent.socket, "GET", std::move(target));
    if (!asked.running) return "(no agent runs for this profile)";
    // A line a member: what follows looks at one line at a time.
    if (const auto tree = platform::parse_json(asked.body)) return platform::to_text(*tree, 2);
    return asked.status == 200 ? asked.body : "(no answer: " + (asked.body.empty() ? asked.problem : asked.body) + ")";
}

void hide_all(std::string& text, std::string_view secret) {
    if (secret.size() < shortest_secret) return;
    for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += not_shown.size()) {
        text.replace(at, secret.size(), not_shown);
    }
}

/// What this machine holds: wherever it stands, it goes.
std::vector<std::string> secrets_of(const config::Config& config) {
    std::vector<std::string> secrets{config.api.key};
    credentials::Store store(pairing::store_settings(config));
    const auto credential = store.load();
    if (!credential) return secrets;
    secrets.emplace_back(credential->access_token.reveal());
    secrets.emplace_back(credential->api_key.reveal());
    secrets.push_back(credential->account);
    if (credential->refresh) secrets.emplace_back(credential->refresh->token.reveal());
    return secrets;
}

}  // namespace

std::string without_secrets(std::string text, const std::vector<std::string>& secrets) {
    // A secret may be a part of another one, whose rest would stay.
    auto longest_first = secrets;
    std::sort(longest_first.begin(), longest_first.end(),
              [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
    for (const auto& secret : longest_first) hide_all(text, secret);
    return platform::clean_lines(platform::hide_secrets(text));
}

std::string support_bundle(const config::Loaded& loaded) {
    const auto section = [](std::string_view name, const std::string& text) {
        return "=== " + std::string(name) + "\n" + text + "\n";
    };
    std::string wrong;
    for (const auto& [where, what] : loaded.errors) wrong += "# " + where + ": " + what + "\n";
    auto text = section("version", "agent " BMC_VERSION ", " + pairing::os_name()) +
                section("doctor", for_people(examine(loaded))) + section("status", ask(loaded.config, "/status")) +
                section("metrics", ask(loaded.config, "/metrics")) +
                section("configuration", wrong + config::describe(loaded)) + section("log", ask(loaded.config, "/log"));
    return without_secrets(std::move(text), secrets_of(loaded.config));
}

}  // namespace doctor
