// What the ways of a login have in common.
#include "agent/pairing/oauth_parts.hpp"

#include <nlohmann/json.hpp>

#include "platform/crypto.hpp"
#include "platform/json/tree.hpp"
#include "platform/url.hpp"

namespace pairing {
namespace {

constexpr std::size_t probe_bytes = 32;

/// https anywhere, http on this machine alone: the same rule as the requests themselves keep.
bool is_safe_address(std::string_view url) {
    if (url.starts_with("https://")) return true;
    for (const std::string_view local : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
        const auto rest = url.starts_with(local) ? url.substr(local.size()) : std::string_view("x");
        if (url.starts_with(local) && (rest.empty() || rest.front() == ':' || rest.front() == '/')) return true;
    }
    return false;
}

awaitable<std::string> ask_account(const OAuthNeeds& needs, const Metadata& metadata, const Secret& token) {
    const auto claims = credentials::claims_of(token.reveal());
    if (claims && !claims->email.empty()) co_return claims->email;
    const std::string subject = claims ? claims->subject : std::string();
    if (metadata.userinfo_url.empty()) co_return subject;
    platform::http::Request request;
    request.url = metadata.userinfo_url;
    request.headers = {{"Authorization", "Bearer " + std::string(token.reveal())}, {"Accept", "application/json"}};
    auto answered = co_await platform::http::fetch(needs.network, std::move(request), needs.net);
    if (!answered || !answered->is_success()) co_return subject;
    const auto tree = platform::parse_json(answered->body);
    if (!tree) co_return subject;
    const auto email = platform::get_string(*tree, "email");
    co_return email ? *email : platform::get_string(*tree, "sub").value_or(subject);
}

}  // namespace

/// An endpoint of the metadata: empty when it is missing or no address that we would use.
std::string endpoint(const nlohmann::json& tree, const char* name) {
    const auto url = platform::get_string(tree, name).value_or("");
    return platform::is_web_address(url) && is_safe_address(url) ? url : std::string();
}

awaitable<Login> make_login(const OAuthNeeds& needs, const Metadata& metadata, const std::string& client_id,
                            credentials::Grant grant) {
    Login login;
    login.account = co_await ask_account(needs, metadata, grant.access_token);
    login.refresh.client_id = client_id;
    login.refresh.token_url = metadata.token_url;
    login.refresh.revocation_url = metadata.revocation_url;
    login.refresh.resource = metadata.resource;
    if (grant.refresh_token) login.refresh.token = std::move(*grant.refresh_token);
    grant.refresh_token.reset();
    login.grant = std::move(grant);
    co_return login;
}

awaitable<bool> knows_client(OAuthNeeds needs, Metadata metadata, std::string client_id) {
    // A code that nobody was given: a server that knows the client says so of the code.
    credentials::Form form{{"grant_type", "authorization_code"},
                           {"code", platform::base64url(platform::random_bytes(probe_bytes))},
                           {"redirect_uri", "http://127.0.0.1/callback"},
                           {"client_id", std::move(client_id)},
                           {"code_verifier", platform::base64url(platform::random_bytes(probe_bytes))}};
    const auto answer = co_await ask_token_patiently(asking(needs), metadata.token_url, std::move(form));
    co_return !answer.unknown_client();
}

}  // namespace pairing
