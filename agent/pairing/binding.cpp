#include "agent/pairing/binding.hpp"

#include <optional>
#include <tuple>
#include <utility>

#include "agent/credentials/key_kind.hpp"
#include "platform/text.hpp"

namespace pairing {
namespace {

using credentials::Backend;
using credentials::Credential;
using credentials::Origins;
using credentials::shown_address;

constexpr std::size_t origin_bytes = 200;

bool names_backend(const config::Config& config) {
    const auto& named = config.named;
    return !named.api_url.empty() || !named.realtime_url.empty() || !named.rest_url.empty();
}

/// One address as the configuration names it, and as the pairing fixed it.
struct Pair {
    std::string_view key;
    const std::string& named;  // by whom; empty: by nobody
    const std::string& wanted;
    const std::string& bound;  // empty: not fixed
};

std::string who(std::string_view key, const std::string& named) {
    return std::string(key) + " (" + platform::clean(named, origin_bytes) + ")";
}

/// The first address that names another place than the bound one.
std::optional<Pair> contradiction(const config::Config& config, const Backend& bound) {
    const auto& named = config.named;
    for (const auto& pair : {Pair{"api.url", named.api_url, config.api.url, bound.api_url},
                             Pair{"realtime.url", named.realtime_url, config.realtime.url, bound.realtime_url},
                             Pair{"pairing.rest_url", named.rest_url, config.pairing.rest_url, bound.rest_url},
                             Pair{"pairing.issuer", named.issuer, config.pairing.issuer, bound.issuer}}) {
        const bool both = !pair.named.empty() && !pair.bound.empty();
        if (both && !credentials::same_address(pair.wanted, pair.bound)) return pair;
    }
    return std::nullopt;
}

std::string elsewhere(const Pair& pair, const BindingFacts& facts) {
    const auto bound = shown_address(pair.bound), wanted = shown_address(pair.wanted);
    const bool stored = facts.source.empty();
    std::string text = stored ? "this machine is paired with " + bound
                              : facts.source + " belongs to " + bound + ", where it was used first";
    text += ", and " + who(pair.key, pair.named) + " names " + wanted + ": nothing is sent. ";
    text += "Name " + bound + " there again, or ";
    text += stored ? "pair with the other:  agent --pair --force" : "put a token of the other in its place";
    return text;
}

/// Claims of a key or token; empty ones where it is no JWT.
credentials::TokenClaims claims_in(std::string_view text) {
    return credentials::claims_of(text).value_or(credentials::TokenClaims{});
}

/// Keys of one project come and go; a key of another project is another backend.
std::string key_problem(const config::Config& config, const Credential& credential) {
    const auto before = claims_in(credential.api_key.reveal()).project, now = claims_in(config.api.key).project;
    if (before.empty() || now.empty() || before == now) return {};
    return "this machine is paired with the project " + platform::clean(before) + ", and " +
           who("api.key", config.named.api_key) + " is a key of the project " + platform::clean(now) +
           ": nothing is sent. Set that project's key, or pair with the other:  agent --pair --force";
}

/// "api.url (FILE:3) names https://…", or that nobody named one.
std::string backend_words(const config::Config& config) {
    const auto& named = config.named;
    for (const auto& [key, by, url] : {std::tuple{"api.url", named.api_url, config.api.url},
                                       std::tuple{"realtime.url", named.realtime_url, config.realtime.url},
                                       std::tuple{"pairing.rest_url", named.rest_url, config.pairing.rest_url}}) {
        if (!by.empty()) return who(key, by) + " names " + shown_address(url);
    }
    return "the configuration names no backend (default " + shown_address(config.api.url) + ")";
}

std::string stranger(const std::string& subject, std::string_view issuer, const config::Config& config) {
    return subject + " was issued by " + shown_address(issuer) + ", and " + backend_words(config) +
           ": nothing is sent. ";
}

/// A credential that is bound to nothing yet.
std::string first_use_problem(const config::Config& config, const Credential& credential, const BindingFacts& facts) {
    const auto backend = configured_backend(config);
    const bool named = names_backend(config);
    const auto issuer = claims_in(credential.access_token.reveal()).issuer;
    const auto says = credentials::compare_issuer(issuer, backend);
    if (!facts.source.empty()) {
        if (says == Origins::silent || says == Origins::same) return {};
        return stranger(facts.source, issuer, config) +
               "Set api.url to the token's backend; where its login server has another name, set pairing.issuer to it";
    }
    if (says == Origins::same || facts.joined_before) return {};
    const bool told = says != Origins::silent;
    if (named && says != Origins::stranger) return {};
    if (told) {
        return stranger("the stored token", issuer, config) +
               "Set api.url to the token's backend, or pair anew:  agent --pair --force";
    }
    const bool own_login =
        credential.refresh && credentials::compare_issuer(credential.refresh->token_url, backend) == Origins::same;
    if (own_login) return {};
    return "this machine was paired by an earlier release, which did not keep the backend, and has never joined; the "
           "configuration names none: nothing is sent. Set api.url to the backend that it was paired with (" +
           shown_address(config.api.url) + " for the default), or pair anew:  agent --pair --force";
}

/// Fills in what nobody named.
void put_in_force(config::Config& config, const Backend& backend) {
    auto& named = config.named;
    const auto take = [](std::string& setting, std::string& origin, const std::string& bound) {
        if (!origin.empty() || bound.empty()) return;
        setting = bound;
        origin = from_pairing;
    };
    take(config.realtime.url, named.realtime_url, backend.realtime_url);
    take(config.pairing.rest_url, named.rest_url, backend.rest_url);
    take(config.api.url, named.api_url, backend.api_url);
    take(config.pairing.device_token_url, named.device_token_url, backend.device_token_url);
    take(config.pairing.issuer, named.issuer, backend.issuer);
    take(config.pairing.resource, named.resource, backend.resource);
}

}  // namespace

Backend configured_backend(const config::Config& config) {
    return {.api_url = config.api.url,
            .realtime_url = config.realtime.url,
            .rest_url = config.pairing.rest_url,
            .device_token_url = config.pairing.device_token_url,
            .issuer = config.pairing.issuer,
            .resource = config.pairing.resource};
}

Binding bind(const config::Config& config, Credential& credential, const BindingFacts& facts) {
    Binding made{config, {}, false};
    const auto subject = facts.source.empty() ? std::string("the stored token") : facts.source;
    if (const auto wrong = credentials::wrong_as_token(credential.access_token.reveal())) {
        made.problem = subject + " " + *wrong + (facts.source.empty() ? ":  agent --pair --force" : "");
        return made;
    }
    if (const auto wrong = credentials::wrong_as_public_key(credential.api_key.reveal());
        wrong && config.api.key.empty() &&
        credentials::kind_of_key(credential.api_key.reveal()) == credentials::KeyKind::secret_key) {
        made.problem = "the public key that is kept with " + subject + " " + *wrong + "; set api.key to the public one";
        return made;
    }
    if (!credential.backend.known()) {
        made.problem = first_use_problem(config, credential, facts);
        if (!made.problem.empty()) return made;
        credential.backend = configured_backend(config);
        if (!credential.refresh) credential.backend.issuer.clear();
        made.fresh = true;
    } else if (const auto other = contradiction(config, credential.backend)) {
        made.problem = elsewhere(*other, facts);
        return made;
    }
    made.problem = key_problem(config, credential);
    if (!made.problem.empty()) return made;
    put_in_force(made.config, credential.backend);
    // The key of the configuration wins over the one that was kept: public keys are replaced now and then.
    if (!config.api.key.empty()) {
        credential.api_key = credentials::Secret{std::string_view{config.api.key}};
    } else if (!credential.api_key.empty()) {
        made.config.api.key = std::string(credential.api_key.reveal());
        made.config.named.api_key = from_pairing;
    }
    return made;
}

config::Config for_pairing(const config::Config& config, const Backend& before) {
    config::Config made = config;
    if (!names_backend(config) && before.known()) put_in_force(made, before);
    return made;
}

Backend named_backend(const config::Config& config) {
    const auto& named = config.named;
    const auto take = [](const std::string& by, const std::string& value) {
        return by.empty() ? std::string{} : value;
    };
    // An address that follows from another one is named with it.
    return {.api_url = names_backend(config) ? config.api.url : std::string{},
            .realtime_url = take(named.realtime_url, config.realtime.url),
            .rest_url = take(named.rest_url, config.pairing.rest_url)};
}

std::string command_problem(const config::Config& config, const Backend& wanted) {
    for (const auto& [asked, mine] :
         {std::pair{&wanted.api_url, &config.api.url}, std::pair{&wanted.realtime_url, &config.realtime.url},
          std::pair{&wanted.rest_url, &config.pairing.rest_url}}) {
        if (asked->empty() || credentials::same_address(*asked, *mine)) continue;
        return "this command's settings name " + shown_address(*asked) + ", and the running agent goes by " +
               shown_address(*mine) +
               ": nothing is sent. Set it in the agent's agent.toml and restart the agent, which "
               "reads it at its start, or leave the setting out here";
    }
    return {};
}

std::string issuer_problem(const config::Config& config, std::string_view token) {
    const auto issuer = claims_in(token).issuer;
    const auto says = credentials::compare_issuer(issuer, configured_backend(config));
    const bool named = names_backend(config);
    if (says == Origins::silent || says == Origins::same || (named && says == Origins::different)) return {};
    return stranger("the token", issuer, config) + "Name the token's backend:  --api-url URL, or api.url";
}

std::string login_problem(const config::Config& config) {
    const bool own_backend =
        names_backend(config) && !credentials::same_address(config.api.url, config::ApiSettings{}.url);
    const bool own_login =
        !config.named.issuer.empty() && !credentials::same_address(config.pairing.issuer, pairing::Settings{}.issuer);
    if (own_backend && config.named.issuer.empty()) {
        return backend_words(config) + ", and no login server is named, so that the default's (" +
               shown_address(config.pairing.issuer) +
               ") would be asked for a token and the token sent to the other: set pairing.issuer and "
               "pairing.resource to the backend's login, or hand in a token by --token-stdin";
    }
    if (own_login && !names_backend(config)) {
        return who("pairing.issuer", config.named.issuer) + " names the login server " +
               shown_address(config.pairing.issuer) +
               ", and no backend is named, so that its token would be sent to "
               "the default (" +
               shown_address(config.api.url) + "): set api.url to the credential's backend";
    }
    return {};
}

std::string describe_backend(const config::Config& config) {
    const auto from = [](const std::string& named) {
        return named.empty() ? std::string("the default") : platform::clean(named, origin_bytes);
    };
    std::string text = shown_address(config.api.url) + " (from " + from(config.named.api_url);
    const auto below = config.api.url + "/realtime/v1";
    if (!credentials::same_address(config.realtime.url, below))
        text += "; Realtime " + shown_address(config.realtime.url) + " from " + from(config.named.realtime_url);
    text += config.api.key.empty() ? "; no public key" : "; public key from " + from(config.named.api_key);
    return text + ")";
}

}  // namespace pairing
