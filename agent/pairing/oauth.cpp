#include "agent/pairing/oauth.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/pairing/oauth_parts.hpp"
#include "platform/crypto.hpp"
#include "platform/http/server.hpp"
#include "platform/json/tree.hpp"
#include "platform/percent.hpp"
#include "platform/text.hpp"
#include "platform/url.hpp"

namespace pairing {
namespace {

using nlohmann::json;
using platform::percent_encode;
using platform::http::Request;

constexpr std::size_t verifier_bytes = 32;
constexpr std::size_t state_bytes = 24;
/// Registered for the loopback redirect: the port may be another one at each login (RFC 8252, section 7.3).
constexpr std::string_view registered_redirect = "http://127.0.0.1/callback";

struct Document {
    json tree;
};

/// A server without this document is one of before RFC 9728: that is no failure.
bool names_no_document(const Step<Document>& asked) {
    return asked.status != 0 && asked.cause != realtime::Cause::passing;
}

awaitable<Step<Document>> get_document(const OAuthNeeds& needs, std::string url) {
    Request request;
    request.url = url;
    request.headers = {{"Accept", "application/json"}};
    auto answered = co_await ask_patiently(asking(needs), std::move(request));
    if (!answered) co_return not_reached<Document>(answered.error());
    auto tree = platform::parse_json(answered->body);
    const bool found = answered->is_success() && tree && tree->is_object();
    if (found) co_return step_done(Document{std::move(*tree)});
    co_return not_as_asked<Document>(url, *answered);
}

std::vector<std::string> strings(const json& tree, const char* name) {
    std::vector<std::string> all;
    const auto* list = platform::find(tree, name);
    if (list == nullptr || !list->is_array()) return all;
    for (const auto& element : *list) {
        if (element.is_string()) all.push_back(element.get<std::string>());
    }
    return all;
}

std::string join(const std::vector<std::string>& words) {
    std::string all;
    for (const auto& word : words) all.append(all.empty() ? "" : " ").append(word);
    return all;
}

}  // namespace

Step<Metadata> read_server(const json& tree, const Settings& settings) {
    Metadata found;
    found.issuer = platform::get_string(tree, "issuer").value_or("");
    if (found.issuer != settings.issuer) {
        return step_failed<Metadata>("the login server calls itself " + platform::clean(found.issuer) +
                                         ", and the configuration expects " + settings.issuer +
                                         ": nothing is sent to it (pairing.issuer)",
                                     realtime::Cause::settings);
    }
    found.authorization_url = endpoint(tree, "authorization_endpoint");
    found.token_url = endpoint(tree, "token_endpoint");
    found.registration_url = endpoint(tree, "registration_endpoint");
    found.revocation_url = endpoint(tree, "revocation_endpoint");
    found.device_url = endpoint(tree, "device_authorization_endpoint");
    found.userinfo_url = endpoint(tree, "userinfo_endpoint");
    found.answers_with_iss = platform::get_bool(tree, "authorization_response_iss_parameter_supported").value_or(false);
    if (found.token_url.empty() || found.authorization_url.empty()) {
        return step_failed<Metadata>("the login server's metadata lack an https authorization or token endpoint",
                                     realtime::Cause::others);
    }
    const auto methods = strings(tree, "code_challenge_methods_supported");
    if (!methods.empty() && std::find(methods.begin(), methods.end(), "S256") == methods.end()) {
        return step_failed<Metadata>("the login server does not support PKCE with S256, which this login needs",
                                     realtime::Cause::others);
    }
    return step_done(std::move(found));
}

Step<std::string> read_resource(const json& tree, const Settings& settings) {
    const auto said = platform::get_string(tree, "resource").value_or("");
    if (said != settings.resource) {
        return step_failed<std::string>("the resource calls itself " + platform::clean(said) +
                                            ", and the configuration expects " + settings.resource +
                                            " (pairing.resource)",
                                        realtime::Cause::settings);
    }
    const auto servers = strings(tree, "authorization_servers");
    if (std::find(servers.begin(), servers.end(), settings.issuer) == servers.end()) {
        return step_failed<std::string>("the resource " + settings.resource + " does not name " + settings.issuer +
                                            " as its login server (pairing.issuer)",
                                        realtime::Cause::settings);
    }
    return step_done(join(strings(tree, "scopes_supported")));
}

std::string well_known(std::string_view base, std::string_view name) {
    const auto scheme = base.find("://");
    const auto slash = base.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
    auto path = slash == std::string_view::npos ? std::string_view() : base.substr(slash);
    while (path.ends_with('/')) path.remove_suffix(1);
    return std::string(base.substr(0, slash)).append("/.well-known/").append(name).append(path);
}

awaitable<Step<Metadata>> discover(OAuthNeeds needs) {
    const auto& settings = needs.settings;
    auto document = co_await get_document(needs, well_known(settings.resource, "oauth-protected-resource"));
    std::string scope;
    if (document) {
        auto resource = read_resource(document.value->tree, settings);
        if (!resource) co_return pass_on<Metadata>(resource);
        scope = std::move(*resource.value);
    } else if (!names_no_document(document)) {
        co_return pass_on<Metadata>(document);
    }
    auto server = co_await get_document(needs, well_known(settings.issuer, "oauth-authorization-server"));
    if (!server) co_return pass_on<Metadata>(server);
    auto found = read_server(server.value->tree, settings);
    if (found) {
        found.value->resource = settings.resource;
        found.value->scope = std::move(scope);
    }
    co_return found;
}

awaitable<Step<std::string>> register_client(OAuthNeeds needs, Metadata metadata) {
    if (metadata.registration_url.empty()) {
        co_return step_failed<std::string>(
            "the login server registers no clients by itself: have one registered for "
            "http://127.0.0.1/callback and set pairing.client_id",
            realtime::Cause::settings);
    }
    json grants = json::array({"authorization_code", "refresh_token"});
    if (!metadata.device_url.empty()) grants.push_back("urn:ietf:params:oauth:grant-type:device_code");
    const json body = {{"client_name", needs.settings.client_name},
                       {"redirect_uris", json::array({registered_redirect})},
                       {"grant_types", grants},
                       {"response_types", json::array({"code"})},
                       {"token_endpoint_auth_method", "none"}};
    Request request;
    request.method = "POST";
    request.url = metadata.registration_url;
    request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
    request.body = platform::to_text(body);
    auto answered = co_await ask_patiently(asking(needs), std::move(request));
    if (!answered) co_return not_reached<std::string>(answered.error());
    const auto tree = platform::parse_json(answered->body);
    const auto id = tree ? platform::get_string(*tree, "client_id").value_or("") : std::string();
    if (!answered->is_success() || id.empty()) {
        auto failed = not_as_asked<std::string>("the login server registered no client", *answered);
        co_return failed;
    }
    co_return step_done(id);
}

Challenge Challenge::make() {
    return {platform::base64url(platform::random_bytes(verifier_bytes)),
            platform::base64url(platform::random_bytes(state_bytes))};
}

std::string authorization_address(const Metadata& metadata, const Settings& settings, const std::string& client_id,
                                  const std::string& redirect, const Challenge& challenge) {
    credentials::Form query{{"response_type", "code"},
                            {"client_id", client_id},
                            {"redirect_uri", redirect},
                            {"state", challenge.state},
                            {"code_challenge", platform::base64url(platform::sha256(challenge.verifier))},
                            {"code_challenge_method", "S256"},
                            {"resource", metadata.resource}};
    const auto& scope = settings.scope.empty() ? metadata.scope : settings.scope;
    if (!scope.empty()) query.emplace_back("scope", scope);
    const char joiner = metadata.authorization_url.find('?') == std::string::npos ? '?' : '&';
    return metadata.authorization_url + joiner + credentials::form_text(query);
}

Callback read_callback(std::string_view address) {
    address = platform::trim(address);
    const auto question = address.find('?');
    platform::ServerRequest request;
    request.query = std::string(question == std::string_view::npos ? address : address.substr(question + 1));
    request.query = request.query.substr(0, request.query.find('#'));
    return {request.parameter("code"), request.parameter("state"), request.parameter("iss"), request.parameter("error"),
            request.parameter("error_description")};
}

Step<std::string> judge_callback(const Callback& callback, const Challenge& challenge, const Metadata& metadata) {
    if (!callback.state || Secret(std::string_view(*callback.state)) != Secret(std::string_view(challenge.state))) {
        return step_failed<std::string>("the answer is not to this login (state): begin again with  agent --pair");
    }
    const bool wrong_issuer = callback.iss && *callback.iss != metadata.issuer;
    if (wrong_issuer || (metadata.answers_with_iss && !callback.iss)) {
        return step_failed<std::string>("the answer does not come from " + metadata.issuer +
                                        " (iss): somebody may have mixed up the login; begin again with  agent --pair");
    }
    if (callback.error) {
        const auto why = callback.error_description.value_or(*callback.error);
        return step_failed<std::string>(std::string(login_refused) + platform::clean(why));
    }
    if (!callback.code || callback.code->empty()) return step_failed<std::string>("the answer has no code");
    return step_done(*callback.code);
}

awaitable<Step<Login>> exchange_code(OAuthNeeds needs, Metadata metadata, std::string client_id, std::string code,
                                     std::string redirect, Challenge challenge) {
    credentials::Form form{{"grant_type", "authorization_code"},  {"code", std::move(code)},
                           {"redirect_uri", std::move(redirect)}, {"client_id", client_id},
                           {"code_verifier", challenge.verifier}, {"resource", metadata.resource}};
    auto answer = co_await ask_token_patiently(asking(needs), metadata.token_url, std::move(form));
    if (!answer.grant) co_return no_token<Login>("the login server gave no token: ", answer);
    Login login = co_await make_login(needs, metadata, client_id, std::move(*answer.grant));
    co_return step_done(std::move(login));
}

}  // namespace pairing
