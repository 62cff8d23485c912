#include "agent/cli/config_check.hpp"

#include <optional>
#include <tuple>
#include <utility>

#include "agent/cli/terminal.hpp"
#include "agent/pairing/binding.hpp"
#include "agent/pairing/find_credential.hpp"
#include "agent/pairing/store_settings.hpp"
#include "agent/pairing/token_input.hpp"
#include "platform/clock.hpp"

namespace cli::config_check {
namespace {

using control::Exit;

/// What the agent will find here, judged as it will; nothing where there is no credential. `handed`: others put it
/// here.
std::optional<pairing::Binding> bind_here(const config::Config& config, const std::string& device, bool& handed) {
    credentials::Store store(pairing::store_settings(config));
    handed = pairing::outside_token(config).has_value();
    if (!handed && store.wiping()) return std::nullopt;  // this command changes nothing
    // A token that names no device is used with the one of the service's own command line, which is not known here.
    auto found = pairing::find_credential(config, store, {.named = device, .needed = false});
    if (!found.credential && !handed) return std::nullopt;
    if (!found.credential) return pairing::Binding{config, found.problem};
    const auto& ends = found.credential->expires_at;
    if (handed && ends && *ends <= platform::wall_now()) {
        return pairing::Binding{config, found.outside->file.string() + ": the token ran out at " +
                                            pairing::when_text(*ends) + ": put another one into the file"};
    }
    return pairing::bind_found(config, store, *found.credential, found.outside, false);
}

/// What the pairing brought along has it as its origin.
void take_over(config::Loaded& loaded, pairing::Binding bound) {
    loaded.config = std::move(bound.config);
    const auto& named = loaded.config.named;
    for (const auto& [key, by] :
         {std::tuple{"api.url", &named.api_url}, std::tuple{"api.key", &named.api_key},
          std::tuple{"realtime.url", &named.realtime_url}, std::tuple{"pairing.rest_url", &named.rest_url},
          std::tuple{"pairing.device_token_url", &named.device_token_url}, std::tuple{"pairing.issuer", &named.issuer},
          std::tuple{"pairing.resource", &named.resource}}) {
        if (*by == pairing::from_pairing) loaded.origins[key] = *by;
    }
}

/// With the setting that names the file of the token in front.
std::string with_origin(const config::Loaded& loaded, const std::string& problem) {
    const auto origin = loaded.origins.find("credentials.token_file");
    return origin == loaded.origins.end() ? problem : origin->second + ": credentials.token_file: " + problem;
}

}  // namespace

Exit run(config::Loaded loaded, const std::string& device) {
    bool handed = false;
    auto bound = bind_here(loaded.config, device, handed);
    const std::string problem = bound ? bound->problem : std::string{};
    if (bound && problem.empty()) take_over(loaded, std::move(*bound));
    if (problem.empty() && answers_in_json()) print_json(config::describe_as_json(loaded) + "\n");
    if (!answers_in_json()) print_own(config::describe(loaded));
    if (problem.empty()) return Exit::ok;
    complain(handed ? with_origin(loaded, problem) : problem);
    return Exit::bad_configuration;
}

}  // namespace cli::config_check
