#include "agent/cli/identity.hpp"

#include <utility>

#include "agent/cli/pair.hpp"
#include "agent/cli/store_owner.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/control/running_agent.hpp"
#include "agent/pairing/bound_credential.hpp"
#include "agent/pairing/find_credential.hpp"
#include "agent/pairing/store_settings.hpp"
#include "agent/pairing/token_input.hpp"

namespace cli {
namespace {

using control::Exit;
using credentials::Credential;

/// The token that was handed in, used as it is and kept in memory alone.
std::optional<Credential> handed_credential(const arguments::TokenFrom& from, std::string& problem) {
    const auto text = commands::fetch_token(from, problem);
    if (!text) return std::nullopt;
    pairing::TokenInput token;
    if (const auto wrong = pairing::read_token(text->reveal(), token)) {
        problem = wrong->what;
        return std::nullopt;
    }
    if (token.access_token.empty()) {
        problem = "a refresh token alone is not enough here: pair with it (agent --pair), or hand in an access token";
        return std::nullopt;
    }
    Credential credential;
    credential.device_uuid = token.device_uuid;
    credential.access_token = std::move(token.access_token);
    credential.api_key = std::move(token.api_key);
    credential.expires_at = token.expires_at;
    credential.origin = credentials::Origin::ephemeral;
    return credential;
}

Exit not_found(const config::Config& config, const credentials::Store& store, const pairing::Found& found) {
    if (found.outside) return complain(found.problem), Exit::usage;
    // The service's credential is not for everybody to read.
    const auto agent = control::running::find(config, control::running::Need::pair);
    if (!agent.problem.empty()) return complain(agent.problem), Exit::refused;
    const Error why = found.credential.error();
    const bool unpaired = why == credentials::Errc::none || why == credentials::Errc::wiped;
    complain(unpaired ? "this machine is not paired, and nobody has logged in: log in (agent --login), pair it (agent "
                        "--pair), or "
                        "hand in a token by --token-stdin"
                      : store.explain(why));
    return Exit::unpaired;
}

std::optional<bridge::Identity> handed_in(const arguments::TokenFrom& from, const config::Config& config, Exit& wrong) {
    std::string problem;
    auto credential = handed_credential(from, problem);
    if (!credential) return complain(problem), wrong = Exit::usage, std::nullopt;
    auto bound = pairing::bind_outside(config, "the token that was handed in", *credential, false);
    if (!bound.problem.empty()) return complain(bound.problem), wrong = Exit::bad_configuration, std::nullopt;
    return bridge::Identity{std::move(bound.config), std::move(*credential)};
}

/// By `agent --login`. Nothing, and `wrong` stays: nobody has logged in.
std::optional<bridge::Identity> logged_in(const config::Config& config, std::optional<Exit>& wrong) {
    auto store = std::make_unique<credentials::Store>(pairing::controller_store_settings(config));
    auto found = store->load();
    if (!found) {
        const Error why = found.error();
        if (why == credentials::Errc::none || why == credentials::Errc::wiped) return std::nullopt;
        return complain(store->explain(why)), wrong = Exit::unpaired, std::nullopt;
    }
    auto bound = pairing::bind_stored(config, *store, *found, true);
    if (!bound.problem.empty()) return complain(bound.problem), wrong = Exit::bad_configuration, std::nullopt;
    return bridge::Identity{std::move(bound.config), std::move(*found), std::move(store)};
}

}  // namespace

std::optional<bridge::Identity> find_identity(const arguments::TokenFrom& from, const config::Config& config,
                                              Exit& wrong) {
    if (!from.empty()) return handed_in(from, config, wrong);
    // Root reads what the service's user owns as that user: as root it would be a stranger's.
    if (const auto failed = become_store_owner(config)) return wrong = *failed, std::nullopt;
    std::optional<Exit> unusable;
    auto account = logged_in(config, unusable);
    if (account) return account;
    if (unusable) return wrong = *unusable, std::nullopt;
    auto store = std::make_unique<credentials::Store>(pairing::store_settings(config));
    auto found = pairing::find_credential(config, *store, {.needed = false});
    if (!found.credential) return wrong = not_found(config, *store, found), std::nullopt;
    const bool stored = !found.outside;
    auto bound = pairing::bind_found(config, *store, *found.credential, found.outside, stored);
    if (!bound.problem.empty()) return complain(bound.problem), wrong = Exit::bad_configuration, std::nullopt;
    if (!stored) store.reset();
    return bridge::Identity{std::move(bound.config), std::move(*found.credential), std::move(store)};
}

}  // namespace cli
