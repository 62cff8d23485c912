// The parts of the OAuth side that a person sees: the consent page and the device grant's page.
#include <fmt/core.h>

#include <algorithm>

#include "tests/hub/oauth.hpp"

namespace hub {

namespace {

constexpr seconds request_life{600}, device_life{600}, code_life{60};

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

HttpReply page(unsigned status, const std::string& title, const std::string& body) {
    HttpReply reply;
    reply.status = status;
    reply.content_type = "text/html; charset=utf-8";
    reply.headers.emplace_back("content-security-policy",
                               "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    reply.headers.emplace_back("referrer-policy", "no-referrer");
    reply.body = fmt::format(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>"
        "<style>body{{font:16px/1.5 sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}}"
        "button{{font:inherit;padding:.5rem 1.5rem;margin-right:1rem}}label{{display:block;margin:.5rem "
        "0}}</style></head>"
        "<body><h1>{0}</h1>{1}</body></html>",
        escaped(title), body);
    return reply;
}

/// Short, without letters that are mistaken for others.
std::string make_user_code(Tenant& tenant) {
    constexpr std::string_view alphabet = "BCDFGHJKLMNPQRSTVWXZ";
    const auto random = tenant.make_ref();
    std::string code;
    for (std::size_t i = 0; i < 8; ++i) {
        if (i == 4) code += '-';
        code += alphabet[static_cast<unsigned char>(random[i]) % alphabet.size()];
    }
    return code;
}

}  // namespace

HttpReply OAuth::ask(const std::string& title, const std::string& action, const std::string& field,
                     const std::string& id, const std::string& client, const std::string& scope) const {
    std::string choices;
    for (const auto& one : accounts_)
        choices +=
            fmt::format("<label><input type=\"radio\" name=\"account\" value=\"{}\"{}> {} ({})</label>",
                        escaped(one.sub), choices.empty() ? " checked" : "", escaped(one.name), escaped(one.email));
    return page(
        200, title,
        fmt::format("<p><strong id=\"client\">{}</strong> asks for access{}.</p><form method=\"post\" action=\"{}\">"
                    "<input type=\"hidden\" name=\"{}\" value=\"{}\">{}"
                    "<button id=\"allow\" name=\"decision\" value=\"allow\">Allow</button>"
                    "<button id=\"deny\" name=\"decision\" value=\"deny\">Deny</button></form>",
                    escaped(client), scope.empty() ? "" : " to: " + escaped(scope), action, field, escaped(id),
                    choices));
}

HttpReply OAuth::redirect_back(const Request& request, std::vector<std::pair<std::string, std::string>> values) const {
    const auto state = faults_.response_state.empty() ? request.state : faults_.response_state;
    if (!state.empty()) values.emplace_back("state", state);
    values.emplace_back("iss", faults_.response_iss.empty() ? issuer() : faults_.response_iss);
    auto target = request.redirect;
    char separator = target.find('?') == std::string::npos ? '?' : '&';
    for (const auto& [key, value] : values) {
        target += separator + key + "=" + percent_encoded(value);
        separator = '&';
    }
    HttpReply reply;
    reply.status = 302;
    reply.headers.emplace_back("location", target);
    return reply;
}

HttpReply OAuth::authorize(const HttpRequest& http) {
    auto query = http.query;
    const auto client = clients_.find(query["client_id"]);
    if (client == clients_.end()) return page(400, "Unknown client", "<p>No client has this client_id.</p>");
    const auto wrong = redirect_fault(client->second, query["redirect_uri"]);
    if (!wrong.empty()) return page(400, "Wrong redirect", "<p>" + escaped(wrong) + "</p>");
    Request request{query["client_id"],
                    query["redirect_uri"],
                    query["code_challenge"],
                    query["state"],
                    query["scope"],
                    query["resource"],
                    {},
                    {},
                    now() + request_life};
    const auto refuse = [&](const char* error, const char* text) {
        return redirect_back(request, {{"error", error}, {"error_description", text}});
    };
    if (query["response_type"] != "code") return refuse("unsupported_response_type", "only code");
    if (request.challenge.empty() || query["code_challenge_method"] != "S256")
        return refuse("invalid_request", "PKCE with S256 is required");
    if (!request.resource.empty() && request.resource.compare(0, base_.size(), base_) != 0)
        return refuse("invalid_target", "this server gives no tokens for that resource");
    const auto id = tenant_.make_uuid();
    auto answer = ask("Allow access?", "/oauth/consent", "request", id, client->second.name, request.scope);
    pending_[id] = std::move(request);
    return answer;
}

HttpReply OAuth::consent(const HttpRequest& http) {
    auto form = parse_form(http.body);
    const auto found = pending_.find(form["request"]);
    if (found == pending_.end() || now() > found->second.expires)
        return page(400, "Too late", "<p>This request is unknown, answered already, or too old. Start again.</p>");
    auto request = std::move(found->second);
    pending_.erase(found);
    const auto* person = account(form["account"]);
    if (form["decision"] != "allow" || person == nullptr) {
        ++counters_.denied;
        return redirect_back(request, {{"error", "access_denied"}, {"error_description", "the person said no"}});
    }
    request.sub = person->sub;
    request.expires = now() + code_life;
    const auto code = "code-" + tenant_.make_ref() + tenant_.make_ref();
    auto answer = redirect_back(request, {{"code", code}});
    codes_[code] = std::move(request);
    return answer;
}

HttpReply OAuth::device_authorization(const HttpRequest& http) {
    HttpReply reply;
    auto form = parse_form(http.body);
    reply.status = 400;
    if (!tenant_.settings().device_grant) {
        reply.body = R"({"error":"unsupported_grant_type","error_description":"the device grant is switched off"})";
        return reply;
    }
    if (clients_.count(form["client_id"]) == 0) {
        reply.body = R"({"error":"invalid_client","error_description":"no client has this client_id"})";
        return reply;
    }
    const auto code = "device-" + tenant_.make_ref() + tenant_.make_ref(), user_code = make_user_code(tenant_);
    DeviceGrant grant;
    grant.client = form["client_id"];
    grant.scope = form["scope"];
    grant.user_code = user_code;
    grant.interval = faults_.poll_interval;
    grant.expires = now() + device_life;
    devices_[code] = std::move(grant);
    reply.status = 200;
    reply.body = dump(Json{{"device_code", code},
                           {"user_code", user_code},
                           {"verification_uri", base_ + "/oauth/device"},
                           {"verification_uri_complete", base_ + "/oauth/device?user_code=" + user_code},
                           {"expires_in", device_life.count()},
                           {"interval", faults_.poll_interval.count()}});
    return reply;
}

HttpReply OAuth::device_page(const HttpRequest& http) {
    auto values = http.method == "POST" ? parse_form(http.body) : http.query;
    const auto found = std::find_if(devices_.begin(), devices_.end(), [&](const auto& item) {
        return item.second.user_code == values["user_code"] && now() <= item.second.expires &&
               item.second.sub.empty() && !item.second.denied;
    });
    if (found == devices_.end()) {
        const auto hint =
            values["user_code"].empty() ? "" : "<p>This code is unknown, answered already, or too old.</p>";
        return page(hint[0] == 0 ? 200 : 400, "Connect a device",
                    std::string{hint} +
                        "<form action=\"/oauth/device\"><label>Code <input name=\"user_code\" autofocus></label>"
                        "<button>Continue</button></form>");
    }
    auto& grant = found->second;
    if (http.method != "POST")
        return ask("Connect this device?", "/oauth/device", "user_code", grant.user_code, clients_[grant.client].name,
                   grant.scope);
    const auto* person = account(values["account"]);
    grant.denied = values["decision"] != "allow" || person == nullptr;
    if (grant.denied) {
        ++counters_.denied;
        return page(200, "Denied", "<p>The device gets no access.</p>");
    }
    grant.sub = person->sub;
    return page(200, "Connected", "<p>You may close this page.</p>");
}

HttpReply OAuth::exchange_device(std::map<std::string, std::string>& form) {
    ++counters_.device_polls;
    const auto refuse = [](const char* error) {
        HttpReply reply;
        reply.status = 400;
        reply.body = fmt::format(R"({{"error":"{}"}})", error);
        return reply;
    };
    const auto found = devices_.find(form["device_code"]);
    if (found == devices_.end() || found->second.client != form["client_id"]) return refuse("invalid_grant");
    auto& grant = found->second;
    if (now() > grant.expires) return refuse("expired_token");
    const bool too_soon = grant.last_poll != TimePoint{} && now() < grant.last_poll + grant.interval;
    grant.last_poll = now();
    if (too_soon) {
        grant.interval += seconds{5};
        return refuse("slow_down");
    }
    if (grant.denied) return refuse("access_denied");
    if (grant.sub.empty()) return refuse("authorization_pending");
    const auto done = grant;
    devices_.erase(found);
    return issue(done.client, done.sub, done.scope, tenant_.make_uuid());
}

}  // namespace hub
