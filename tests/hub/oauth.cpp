#include "tests/hub/oauth.hpp"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace hub {

namespace {

constexpr std::size_t endless = 64 * 1024 * 1024;
constexpr std::size_t verifier_least = 43, verifier_most = 128;

HttpReply grant_reply(unsigned status, const Json& body) {
    auto reply = reply_with(status, dump(body));
    reply.headers.emplace_back("pragma", "no-cache");
    return reply;
}

HttpReply fault(const std::string& error, const std::string& description, unsigned status = 400) {
    return grant_reply(status, {{"error", error}, {"error_description", description}});
}

/// The challenge that belongs to a verifier (RFC 7636, S256).
std::string challenge_of(const std::string& verifier) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(verifier.data(), verifier.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::array<unsigned char, 64> text{};
    const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
    std::string out{reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(length)};
    for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
    out.erase(std::remove(out.begin(), out.end(), '='), out.end());
    return out;
}

bool is_loopback(const std::string& redirect) {
    for (const std::string_view prefix : {"http://127.0.0.1", "http://[::1]", "http://localhost"}) {
        if (redirect.compare(0, prefix.size(), prefix) != 0) continue;
        const char next = redirect.size() > prefix.size() ? redirect[prefix.size()] : '/';
        return next == ':' || next == '/';
    }
    return false;
}

/// A loopback redirect may come back on any port (RFC 8252, 7.3).
std::string without_port(const std::string& redirect) {
    const auto host = redirect.find("://") + 3;
    const auto from = redirect.find(':', redirect[host] == '[' ? redirect.find(']', host) : host);
    const auto path = redirect.find('/', host);
    if (from == std::string::npos || (path != std::string::npos && from > path)) return redirect;
    return redirect.substr(0, from) + (path == std::string::npos ? "" : redirect.substr(path));
}

}  // namespace

OAuth::OAuth(Tenant& tenant, std::string base)
    : tenant_(tenant),
      base_(std::move(base)),
      accounts_{{"aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "ada@example.com", "Ada"},
                {"bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb", "bob@example.com", "Bob"}} {}

bool OAuth::owns(const std::string& path) {
    return path.compare(0, 7, "/oauth/") == 0 || path.compare(0, 19, "/.well-known/oauth-") == 0;
}

std::string OAuth::issuer() const {
    return tenant_.settings().issuer.empty() ? base_ : tenant_.settings().issuer;
}

const Account* OAuth::account(const std::string& sub) const {
    const auto found = std::find_if(accounts_.begin(), accounts_.end(), [&](const Account& a) { return a.sub == sub; });
    return found == accounts_.end() ? nullptr : &*found;
}

/// The one that a test put first in line for that path.
std::optional<HttpReply> OAuth::planned_answer(const std::string& path) {
    auto& all = faults_.answers;
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.path == path; });
    if (found == all.end()) return std::nullopt;
    HttpReply reply;
    reply.status = found->status;
    reply.body = found->body;
    if (!found->content_type.empty()) reply.content_type = found->content_type;
    if (!found->retry_after.empty()) reply.headers.emplace_back("retry-after", found->retry_after);
    all.erase(found);
    return reply;
}

HttpReply OAuth::handle(const HttpRequest& request) {
    const auto& path = request.path;
    if (auto planned = planned_answer(path)) return std::move(*planned);
    const auto starts = [&](std::string_view prefix) { return path.compare(0, prefix.size(), prefix) == 0; };
    const bool get = request.method == "GET", post = request.method == "POST";
    if (get && starts("/.well-known/oauth-authorization-server")) return server_metadata();
    if (get && starts("/.well-known/oauth-protected-resource")) return resource_metadata();
    if (post && path == "/oauth/register") return register_client(request);
    if (get && path == "/oauth/authorize") return authorize(request);
    if (post && path == "/oauth/consent") return consent(request);
    if (post && path == "/oauth/token") return token(request);
    if (post && path == "/oauth/revoke") return revoke(request);
    if (get && path == "/oauth/userinfo") return userinfo(request);
    if (post && path == "/oauth/device_authorization") return device_authorization(request);
    if (path == "/oauth/device") return device_page(request);
    return fault("not_found", "no such endpoint: " + request.method + " " + path, 404);
}

HttpReply OAuth::server_metadata() const {
    Json grants{"authorization_code", "refresh_token"};
    Json body{{"issuer", faults_.metadata_issuer.empty() ? issuer() : faults_.metadata_issuer},
              {"authorization_endpoint", base_ + "/oauth/authorize"},
              {"token_endpoint", base_ + "/oauth/token"},
              {"registration_endpoint", base_ + "/oauth/register"},
              {"revocation_endpoint", base_ + "/oauth/revoke"},
              {"userinfo_endpoint", base_ + "/oauth/userinfo"},
              {"response_types_supported", {"code"}},
              {"response_modes_supported", {"query"}},
              {"code_challenge_methods_supported", {"S256"}},
              {"token_endpoint_auth_methods_supported", {"none"}},
              {"revocation_endpoint_auth_methods_supported", {"none"}},
              {"scopes_supported", {"devices", "offline_access"}},
              {"authorization_response_iss_parameter_supported", true}};
    if (tenant_.settings().device_grant) {
        grants.push_back("urn:ietf:params:oauth:grant-type:device_code");
        body["device_authorization_endpoint"] = base_ + "/oauth/device_authorization";
    }
    body["grant_types_supported"] = grants;
    return grant_reply(200, body);
}

HttpReply OAuth::resource_metadata() const {
    return grant_reply(200, {{"resource", base_},
                             {"authorization_servers", {issuer()}},
                             {"scopes_supported", {"devices", "offline_access"}},
                             {"bearer_methods_supported", {"header"}},
                             {"resource_name", "Busymate (stand-in)"}});
}

HttpReply OAuth::register_client(const HttpRequest& request) {
    const auto body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) return fault("invalid_client_metadata", "the body must be a JSON object");
    if (body.value("token_endpoint_auth_method", Json("none")) != "none")
        return fault("invalid_client_metadata", "only public clients: token_endpoint_auth_method must be none");
    Client client;
    const auto name = body.value("client_name", Json("a client without a name"));
    client.name = name.is_string() ? name.get<std::string>() : "a client without a name";
    const auto redirects = body.value("redirect_uris", Json::array());
    if (!redirects.is_array()) return fault("invalid_redirect_uri", "redirect_uris must be a list");
    for (const auto& redirect : redirects) {
        const auto text = redirect.is_string() ? redirect.get<std::string>() : "";
        if (text.compare(0, 8, "https://") != 0 && !is_loopback(text))
            return fault("invalid_redirect_uri", "a redirect must be https or http to loopback: " + text);
        client.redirects.push_back(text);
    }
    const auto id = "client-" + tenant_.make_uuid();
    clients_[id] = client;
    ++counters_.registrations;
    auto answer = body;
    answer["client_id"] = id;
    answer["client_id_issued_at"] = static_cast<std::int64_t>(tenant_.clock().wall());
    answer["token_endpoint_auth_method"] = "none";
    return grant_reply(201, answer);
}

std::string OAuth::redirect_fault(const Client& client, const std::string& redirect) const {
    for (const auto& known : client.redirects)
        if (known == redirect ||
            (is_loopback(known) && is_loopback(redirect) && without_port(known) == without_port(redirect)))
            return {};
    return "the redirect is none of those that were registered: " + redirect;
}

HttpReply OAuth::token(const HttpRequest& request) {
    HttpReply reply;
    auto form = parse_form(request.body);
    if (!faults_.redirect_to.empty()) {
        reply.status = 307;
        reply.headers.emplace_back("location", faults_.redirect_to);
        return reply;
    }
    if (faults_.endless_body) {
        reply.body = "{\"access_token\":\"" + std::string(endless, 'x') + "\"}";
        return reply;
    }
    const auto& grant = form["grant_type"];
    if (clients_.count(form["client_id"]) == 0 && grant == "authorization_code")
        return fault("invalid_client", "no client has this client_id", 401);
    if (grant == "authorization_code")
        reply = exchange_code(form);
    else if (grant == "refresh_token")
        reply = exchange_refresh(form);
    else if (grant == "urn:ietf:params:oauth:grant-type:device_code" && tenant_.settings().device_grant)
        reply = exchange_device(form);
    else
        reply = fault("unsupported_grant_type", "this server knows no grant named: " + grant);
    reply.delay = faults_.token_delay;
    return reply;
}

HttpReply OAuth::exchange_code(std::map<std::string, std::string>& form) {
    const auto found = codes_.find(form["code"]);
    if (found == codes_.end()) return fault("invalid_grant", "the code is unknown");
    auto& code = found->second;
    if (!code.family.empty()) {
        revoke_family(code.family);
        return fault("invalid_grant", "the code was used before: what it gave is revoked");
    }
    if (now() > code.expires) return fault("invalid_grant", "the code has expired");
    if (form["client_id"] != code.client || form["redirect_uri"] != code.redirect)
        return fault("invalid_grant", "the code belongs to another client or redirect");
    const auto& verifier = form["code_verifier"];
    if (verifier.size() < verifier_least || verifier.size() > verifier_most || challenge_of(verifier) != code.challenge)
        return fault("invalid_grant", "code_verifier does not belong to the challenge");
    code.family = tenant_.make_uuid();
    ++counters_.codes;
    return issue(code.client, code.sub, code.scope, code.family);
}

HttpReply OAuth::exchange_refresh(std::map<std::string, std::string>& form) {
    if (!faults_.refresh_error.empty()) return fault(faults_.refresh_error, "refused by the test");
    const auto found = refreshes_.find(form["refresh_token"]);
    if (found == refreshes_.end()) return fault("invalid_grant", "the refresh token is unknown");
    auto& refresh = found->second;
    if (form["client_id"] != refresh.client)
        return fault("invalid_grant", "the refresh token belongs to another client");
    if (revoked_.count(refresh.family) != 0) return fault("invalid_grant", "the refresh token was revoked");
    if (refresh.rotated) {
        ++counters_.reuses;
        if (now() > *refresh.rotated + tenant_.settings().reuse_window) {
            revoke_family(refresh.family);
            return fault("invalid_grant", "the refresh token was used before: all that came from it is revoked");
        }
    } else {
        refresh.rotated = now();
    }
    ++counters_.refreshes;
    auto reply = issue(refresh.client, refresh.sub, refresh.scope, refresh.family);
    reply.drop = faults_.cut_refresh_reply;
    return reply;
}

HttpReply OAuth::issue(const std::string& client, const std::string& sub, const std::string& scope,
                       std::string family) {
    const auto life = tenant_.settings().access_token_life.count();
    auto claims = user_claims(sub, static_cast<std::int64_t>(tenant_.clock().wall()), life);
    claims["iss"] = issuer();
    claims["client_id"] = client;
    claims["session_id"] = family;
    claims["jti"] = tenant_.make_uuid();
    if (const auto* person = account(sub)) claims["email"] = person->email;
    const auto refresh = "rt-" + tenant_.make_ref() + tenant_.make_ref();
    refreshes_[refresh] = {client, sub, scope, std::move(family), std::nullopt};
    return grant_reply(200, {{"access_token", tenant_.sign(claims)},
                             {"token_type", "bearer"},
                             {"expires_in", life},
                             {"refresh_token", refresh},
                             {"scope", scope}});
}

void OAuth::revoke_family(const std::string& family) {
    if (revoked_.insert(family).second) ++counters_.families_revoked;
}

void OAuth::revoke_all() {
    for (const auto& [token, refresh] : refreshes_) revoke_family(refresh.family);
}

HttpReply OAuth::grant(const std::string& client, const std::string& sub) {
    return issue(client, sub, "", tenant_.make_uuid());
}

/// Unknown tokens are answered 200 too (RFC 7009, 2.2). An access token dies with its family's refresh tokens only.
HttpReply OAuth::revoke(const HttpRequest& request) {
    auto form = parse_form(request.body);
    if (form["token"].empty()) return fault("invalid_request", "token is missing");
    if (faults_.revoke_status != 0)
        return fault("server_error", "refused by the test", static_cast<unsigned>(faults_.revoke_status));
    ++counters_.revocations;
    const auto found = refreshes_.find(form["token"]);
    if (found != refreshes_.end()) revoke_family(found->second.family);
    const auto verdict = tenant_.judge(form["token"]);
    if (verdict.fault == TokenFault::none) revoke_family(verdict.claims.value("session_id", ""));
    return grant_reply(200, Json::object());
}

HttpReply OAuth::userinfo(const HttpRequest& request) const {
    const auto verdict = tenant_.judge(bearer_of(request));
    if (verdict.fault != TokenFault::none) return fault("invalid_token", system_text(verdict), 401);
    const auto* person = account(verdict.claims.value("sub", ""));
    if (person == nullptr) return fault("invalid_token", "the token is no person's", 401);
    return grant_reply(200, {{"sub", person->sub}, {"email", person->email}, {"name", person->name}});
}

}  // namespace hub
