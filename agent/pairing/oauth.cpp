#include "agent/pairing/oauth.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "platform/crypto.hpp"
#include "platform/http_server.hpp"
#include "platform/json.hpp"
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

/// https anywhere, http on this machine alone: the same rule as the requests themselves keep.
bool is_safe_address(std::string_view url) {
    if (url.starts_with("https://")) return true;
    for (const std::string_view local : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
        const auto rest = url.starts_with(local) ? url.substr(local.size()) : std::string_view("x");
        if (url.starts_with(local) && (rest.empty() || rest.front() == ':' || rest.front() == '/')) return true;
    }
    return false;
}

struct Document {
    json tree;
};

awaitable<Step<Document>> get_document(const OAuthNeeds& needs, std::string url) {
    Request request;
    request.url = url;
    request.headers = {{"Accept", "application/json"}};
    auto answered = co_await platform::http::fetch(needs.network, std::move(request), needs.net);
    if (!answered) co_return step_failed<Document>(url + ": " + answered.error().message(), true);
    if (!answered->is_success()) {
        co_return step_failed<Document>(url + ": status " + std::to_string(answered->status), answered->status >= 500);
    }
    auto tree = platform::parse_json(answered->body);
    if (!tree || !tree->is_object()) co_return step_failed<Document>(url + ": the answer is no JSON object");
    co_return step_done(Document{std::move(*tree)});
}

/// An endpoint of the metadata: empty when it is missing or no address that we would use.
std::string endpoint(const json& tree, const char* name) {
    const auto url = platform::get_string(tree, name).value_or("");
    return platform::is_web_address(url) && is_safe_address(url) ? url : std::string();
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

Step<Metadata> read_server(const json& tree, const Settings& settings) {
    Metadata found;
    found.issuer = platform::get_string(tree, "issuer").value_or("");
    if (found.issuer != settings.issuer) {
        return step_failed<Metadata>("the login server calls itself " + platform::clean(found.issuer) +
                                     ", and the configuration expects " + settings.issuer +
                                     ": nothing is sent to it (pairing.issuer)");
    }
    found.authorization_url = endpoint(tree, "authorization_endpoint");
    found.token_url = endpoint(tree, "token_endpoint");
    found.registration_url = endpoint(tree, "registration_endpoint");
    found.revocation_url = endpoint(tree, "revocation_endpoint");
    found.device_url = endpoint(tree, "device_authorization_endpoint");
    found.userinfo_url = endpoint(tree, "userinfo_endpoint");
    found.answers_with_iss = platform::get_bool(tree, "authorization_response_iss_parameter_supported").value_or(false);
    if (found.token_url.empty() || found.authorization_url.empty()) {
        return step_failed<Metadata>("the login server's metadata lack an https authorization or token endpoint");
    }
    const auto methods = strings(tree, "code_challenge_methods_supported");
    if (!methods.empty() && std::find(methods.begin(), methods.end(), "S256") == methods.end()) {
        return step_failed<Metadata>("the login server does not support PKCE with S256, which this login needs");
    }
    return step_done(std::move(found));
}

std::string join(const std::vector<std::string>& words) {
    std::string all;
    for (const auto& word : words) all.append(all.empty() ? "" : " ").append(word);
    return all;
}

awaitable<std::string> ask_account(const OAuthNeeds& needs, const Metadata& metadata, const Secret& token) {
    const auto claims = credentials::claims_of(token.reveal());
    if (claims && !claims->email.empty()) co_return claims->email;
    const std::string subject = claims ? claims->subject : std::string();
    if (metadata.userinfo_url.empty()) co_return subject;
    Request request;
    request.url = metadata.userinfo_url;
    request.headers = {{"Authorization", "Bearer " + std::string(token.reveal())}, {"Accept", "application/json"}};
    auto answered = co_await platform::http::fetch(needs.network, std::move(request), needs.net);
    if (!answered || !answered->is_success()) co_return subject;
    const auto tree = platform::parse_json(answered->body);
    if (!tree) co_return subject;
    const auto email = platform::get_string(*tree, "email");
    co_return email ? *email : platform::get_string(*tree, "sub").value_or(subject);
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

}  // namespace

std::string well_known(std::string_view base, std::string_view name) {
    const auto scheme = base.find("://");
    const auto slash = base.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
    auto path = slash == std::string_view::npos ? std::string_view() : base.substr(slash);
    while (path.ends_with('/')) path.remove_suffix(1);
    return std::string(base.substr(0, slash)).append("/.well-known/").append(name).append(path);
}

awaitable<Step<Metadata>> discover(OAuthNeeds needs) {
    const auto resource = needs.settings.resource;
    const auto issuer = needs.settings.issuer;
    auto protected_resource = co_await get_document(needs, well_known(resource, "oauth-protected-resource"));
    if (protected_resource) {
        const auto& tree = protected_resource.value->tree;
        const auto said = platform::get_string(tree, "resource").value_or("");
        if (said != resource) {
            co_return step_failed<Metadata>("the resource calls itself " + platform::clean(said) +
                                            ", and the configuration expects " + resource + " (pairing.resource)");
        }
        const auto servers = strings(tree, "authorization_servers");
        if (std::find(servers.begin(), servers.end(), issuer) == servers.end()) {
            co_return step_failed<Metadata>("the resource " + resource + " does not name " + issuer +
                                            " as its login server (pairing.issuer)");
        }
    } else if (protected_resource.unreachable) {
        co_return step_failed<Metadata>(protected_resource.problem, true);
    }
    auto server = co_await get_document(needs, well_known(issuer, "oauth-authorization-server"));
    if (!server) co_return step_failed<Metadata>(server.problem, server.unreachable);
    auto found = read_server(server.value->tree, needs.settings);
    if (found) {
        found.value->resource = resource;
        if (protected_resource) found.value->scope = join(strings(protected_resource.value->tree, "scopes_supported"));
    }
    co_return found;
}

awaitable<Step<std::string>> register_client(OAuthNeeds needs, Metadata metadata) {
    if (metadata.registration_url.empty()) {
        co_return step_failed<std::string>(
            "the login server registers no clients by itself: have one registered for "
            "http://127.0.0.1/callback and set pairing.client_id");
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
    auto answered = co_await platform::http::fetch(needs.network, std::move(request), needs.net);
    if (!answered) co_return step_failed<std::string>(answered.error().message(), true);
    const auto tree = platform::parse_json(answered->body);
    const auto id = tree ? platform::get_string(*tree, "client_id").value_or("") : std::string();
    if (!answered->is_success() || id.empty()) {
        const auto why = tree ? platform::get_string(*tree, "error_description").value_or("") : std::string();
        co_return step_failed<std::string>("the login server registered no client (status " +
                                           std::to_string(answered->status) + "): " + platform::clean(why));
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
        return step_failed<std::string>("the login was refused: " + platform::clean(why));
    }
    if (!callback.code || callback.code->empty()) return step_failed<std::string>("the answer has no code");
    return step_done(*callback.code);
}

awaitable<Step<Login>> exchange_code(OAuthNeeds needs, Metadata metadata, std::string client_id, std::string code,
                                     std::string redirect, Challenge challenge) {
    credentials::Form form{{"grant_type", "authorization_code"},  {"code", std::move(code)},
                           {"redirect_uri", std::move(redirect)}, {"client_id", client_id},
                           {"code_verifier", challenge.verifier}, {"resource", metadata.resource}};
    auto answer = co_await credentials::ask_token(needs.network, needs.net, metadata.token_url, std::move(form));
    if (!answer.grant) {
        co_return step_failed<Login>("the login server gave no token: " + answer.description, answer.status == 0);
    }
    Login login = co_await make_login(needs, metadata, client_id, std::move(*answer.grant));
    co_return step_done(std::move(login));
}

awaitable<Step<DeviceCode>> begin_device_grant(OAuthNeeds needs, Metadata metadata, std::string client_id) {
    credentials::Form form{{"client_id", client_id}, {"resource", metadata.resource}};
    const auto& scope = needs.settings.scope.empty() ? metadata.scope : needs.settings.scope;
    if (!scope.empty()) form.emplace_back("scope", scope);
    Request request;
    request.method = "POST";
    request.url = metadata.device_url;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
    request.body = credentials::form_text(form);
    auto answered = co_await platform::http::fetch(needs.network, std::move(request), needs.net);
    if (!answered) co_return step_failed<DeviceCode>(answered.error().message(), true);
    const auto tree = platform::parse_json(answered->body);
    DeviceCode code;
    if (tree) {
        code.device_code = Secret(platform::get_string(*tree, "device_code").value_or(""));
        code.user_code = platform::clean(platform::get_string(*tree, "user_code").value_or(""), 40);
        code.address = endpoint(*tree, "verification_uri");
        code.full_address = endpoint(*tree, "verification_uri_complete");
        const auto interval = platform::get_integer(*tree, "interval").value_or(5);
        const auto expires = platform::get_integer(*tree, "expires_in").value_or(600);
        code.interval = std::chrono::seconds(
            std::clamp<std::int64_t>(interval, shortest_interval.count(), longest_interval.count()));
        code.expires_in = std::chrono::seconds(std::clamp<std::int64_t>(expires, 1, longest_device_code.count()));
    }
    if (!answered->is_success() || code.device_code.empty() || code.user_code.empty() || code.address.empty()) {
        co_return step_failed<DeviceCode>("the login server began no device login (status " +
                                          std::to_string(answered->status) + ")");
    }
    co_return step_done(std::move(code));
}

awaitable<Step<Login>> poll_device_grant(OAuthNeeds needs, Metadata metadata, std::string client_id, DeviceCode code) {
    const auto executor = co_await net::this_coro::executor;
    platform::Timer timer(executor);
    const auto end = platform::BootClock::now() + code.expires_in;
    auto interval = code.interval;
    while (platform::BootClock::now() < end) {
        timer.expires_after(interval);
        const auto [cancelled] = co_await timer.async_wait(no_throw);
        if (cancelled) co_return step_failed<Login>("the login was cancelled");
        credentials::Form form{{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                               {"device_code", std::string(code.device_code.reveal())},
                               {"client_id", client_id}};
        auto answer = co_await credentials::ask_token(needs.network, needs.net, metadata.token_url, std::move(form));
        if (answer.grant) {
            Login login = co_await make_login(needs, metadata, client_id, std::move(*answer.grant));
            co_return step_done(std::move(login));
        }
        const bool pending = answer.error == "authorization_pending";
        // RFC 8628, section 3.5: slow_down adds five seconds for good, and a lost connection is to be backed off from.
        if (answer.error == "slow_down" || answer.status == 0)
            interval = std::min(interval + slow_down_by, longest_interval);
        else if (!pending)
            co_return step_failed<Login>("the login was refused: " + answer.description);
    }
    co_return step_failed<Login>("nobody logged in before the code ran out: begin again with  agent --pair");
}

}  // namespace pairing
