#include "agent/pairing/bound_credential.hpp"

#include <algorithm>
#include <utility>

#include "agent/credentials/bound_tokens.hpp"
#include "platform/log/log.hpp"
#include "platform/unwritten.hpp"

namespace pairing {
namespace {

/// Whether an agent of this machine has joined with this pairing.
bool has_joined(const credentials::Store& store, const credentials::Credential& credential) {
    const auto last = store.memory().last_join();
    return last && last->joined >= credential.paired_at;
}

/// The token goes to its revocation address one day: a host that is none of the pairing's is somebody else.
std::string revocation_problem(const config::Config& config, const pairing::TokenInput& token) {
    if (!token.refresh || token.refresh->revocation_url.empty()) return {};
    const auto& url = token.refresh->revocation_url;
    auto hosts = configured_backend(config);
    const bool ours = credentials::compare_issuer(url, hosts) == credentials::Origins::same;
    hosts.issuer = token.refresh->token_url;
    if (ours || credentials::compare_issuer(url, hosts) == credentials::Origins::same) return {};
    return "revocation_url (" + credentials::shown_address(url) +
           ") is on another host than token_url and the backend: the token would be sent there one day. Mend it, or "
           "leave it out";
}

void complain_unkept(const std::filesystem::path& folder, const Error& ec) {
    if (!ec) return;
    platform::log::warning("which backend the credential belongs to is not kept, and asked again at the next start: {}",
                           platform::explain_unwritten(folder, ec));
}

}  // namespace

Binding bind_stored(const config::Config& config, credentials::Store& store, credentials::Credential& credential,
                    bool keep) {
    auto bound = bind(config, credential, {.joined_before = has_joined(store, credential)});
    if (bound.fresh && bound.problem.empty() && keep) complain_unkept(store.folder(), store.save_backend(credential));
    return bound;
}

Binding bind_outside(const config::Config& config, const std::string& source, credentials::Credential& credential,
                     bool keep) {
    const auto token = credential.access_token.reveal();
    credential.backend = credentials::bound_backend(config.paths.state, token);
    auto bound = bind(config, credential, {.source = source});
    if (bound.fresh && bound.problem.empty() && keep) {
        complain_unkept(config.paths.state, credentials::bind_token(config.paths.state, token, credential.backend));
    }
    return bound;
}

std::string why_not_there(const config::Config& config, const pairing::TokenInput& token) {
    // Without its own address it would go to the login server that the settings name.
    const bool to_login_server = token.refresh && token.refresh->token_url.empty();
    const auto login = to_login_server ? login_problem(config) : std::string{};
    if (auto wrong = revocation_problem(config, token); !wrong.empty()) return wrong;
    return !login.empty() ? login + "; or add token_url to the JSON"
                          : issuer_problem(config, token.access_token.reveal());
}

}  // namespace pairing
