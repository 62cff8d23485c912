#include "agent/config_check.hpp"

#include <optional>
#include <tuple>
#include <utility>

#include "agent/bound_credential.hpp"
#include "agent/credentials/outside.hpp"
#include "agent/pairing/token_input.hpp"
#include "agent/store_settings.hpp"
#include "agent/terminal.hpp"

namespace config_check {
namespace {

using service::Exit;

/// A token that others put here, as the agent reads it; nothing where there is none, or none that can be read now.
std::optional<service::Binding> bind_handed(const service::Config& config) {
    const auto where = outside_token(config);
    if (!where) return std::nullopt;
    const auto& file = where->file;
    const auto text = credentials::read_outside(file);
    if (!text) return std::nullopt;
    pairing::TokenInput token;
    if (const auto wrong = pairing::read_token(text->reveal(), token)) {
        return service::Binding{config, file.string() + ": " + wrong->what};
    }
    credentials::Credential credential;
    credential.access_token = std::move(token.access_token);
    credential.api_key = std::move(token.api_key);
    return bind_outside(config, "the token in " + file.string(), credential, false);
}

std::optional<service::Binding> bind_own(const service::Config& config) {
    credentials::Store store(store_settings(config));
    if (store.wiping()) return std::nullopt;  // this command changes nothing
    auto stored = store.load();
    if (!stored) return std::nullopt;
    return bind_stored(config, store, *stored, false);
}

/// What the pairing brought along has it as its origin.
void take_over(service::Loaded& loaded, service::Binding bound) {
    loaded.config = std::move(bound.config);
    const auto& named = loaded.config.named;
    for (const auto& [key, by] :
         {std::tuple{"api.url", &named.api_url}, std::tuple{"api.key", &named.api_key},
          std::tuple{"realtime.url", &named.realtime_url}, std::tuple{"pairing.rest_url", &named.rest_url},
          std::tuple{"pairing.device_token_url", &named.device_token_url}, std::tuple{"pairing.issuer", &named.issuer},
          std::tuple{"pairing.resource", &named.resource}}) {
        if (*by == service::from_pairing) loaded.origins[key] = *by;
    }
}

}  // namespace

Exit run(service::Loaded loaded) {
    auto bound = bind_handed(loaded.config);
    if (!bound) bound = bind_own(loaded.config);
    const std::string problem = bound ? bound->problem : std::string{};
    if (bound && problem.empty()) take_over(loaded, std::move(*bound));
    if (problem.empty() && answers_in_json()) print_json(service::describe_as_json(loaded) + "\n");
    if (!answers_in_json()) print_own(service::describe(loaded));
    if (problem.empty()) return Exit::ok;
    complain(problem);
    return Exit::bad_configuration;
}

}  // namespace config_check
