#include "agent/credentials/token_endpoint.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "platform/core/answer_text.hpp"
#include "platform/json/tree.hpp"
#include "platform/percent.hpp"
#include "platform/text.hpp"

namespace credentials {
namespace {

constexpr std::size_t token_bytes = 64 * 1024;
constexpr int first_success = 200, first_redirect = 300;

std::optional<Secret> take_token(nlohmann::json& tree, const char* key) {
    const auto found = tree.find(key);
    if (found == tree.end() || !found->is_string()) return std::nullopt;
    auto& text = found->get_ref<std::string&>();
    const bool fine = !text.empty() && text.size() <= token_bytes &&
                      std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    if (!fine) return std::nullopt;
    return Secret(std::move(text));
}

/// The server's reason; with the status where it names none.
std::string what_it_said(const platform::http::Response& response, bool named) {
    auto words = platform::words_of(response.body);
    if (named) return words;
    auto said = "it answered " + std::to_string(response.status);
    if (!words.empty()) said += ": " + words;
    return said;
}

awaitable<Result<Grant>> refresh_once(platform::Worker& network, platform::NetOptions net, const RefreshGrant& grant) {
    Form form{{"grant_type", "refresh_token"},
              {"refresh_token", std::string(grant.token.reveal())},
              {"client_id", grant.client_id}};
    if (!grant.resource.empty()) form.emplace_back("resource", grant.resource);
    auto answer = co_await ask_token(network, std::move(net), grant.token_url, std::move(form));
    if (answer.grant) co_return std::move(*answer.grant);
    // Only the server's own word that the grant is dead counts as a refusal; all else may pass.
    const bool dead =
        answer.error == "invalid_grant" || answer.error == "invalid_client" || answer.error == "unauthorized_client";
    co_return dead ? Errc::refused : Errc::unreachable;
}

awaitable<Error> revoke_once(platform::Worker& network, platform::NetOptions net, const RefreshGrant& grant) {
    if (grant.revocation_url.empty()) co_return Errc::not_refreshable;
    Form form{{"token", std::string(grant.token.reveal())}, {"client_id", grant.client_id}};
    platform::http::Request request;
    request.method = "POST";
    request.url = grant.revocation_url;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = form_text(form);
    platform::cleanse(form.front().second);
    auto answered = co_await platform::http::fetch(network, std::move(request), std::move(net));
    if (!answered) co_return answered.error();
    const bool success = answered->status >= first_success && answered->status < first_redirect;
    co_return success ? Error{} : make_error_code(Errc::unreachable);
}

}  // namespace

bool TokenAnswer::passing() const {
    if (grant) return false;
    if (status == 0) return failure.passing();
    constexpr int request_timeout = 408, too_early = 425, too_many = 429, first_of_server = 500;
    if (status >= first_of_server || status == request_timeout || status == too_early || status == too_many)
        return true;
    if (error == "server_error" || error == "temporarily_unavailable") return true;
    // A page instead of an answer: a portal, or a gateway in front of the server.
    return status < first_redirect && error.empty();
}

TokenAnswer read_token_answer(platform::http::Response& response) {
    TokenAnswer answer;
    answer.status = response.status;
    answer.retry_after = response.retry_after;
    const bool success = response.status >= first_success && response.status < first_redirect;
    auto tree = platform::parse_json(response.body);
    const bool object = tree && tree->is_object();
    if (object) answer.error = platform::clean(platform::get_string(*tree, "error").value_or(""), 80);
    const bool named = !answer.error.empty();
    if (!success || named) answer.description = platform::clean(what_it_said(response, named));
    platform::cleanse(response.body);
    if (success && !object) {
        answer.description =
            "it answered " + std::to_string(response.status) + ", and no JSON: a page, perhaps a portal's";
    }
    if (!success || !object || named) {
        if (object) platform::cleanse(*tree);
        return answer;
    }
    auto access = take_token(*tree, "access_token");
    const auto type = platform::get_string(*tree, "token_type").value_or("bearer");
    constexpr std::string_view wanted = "bearer";
    const bool bearer = std::equal(type.begin(), type.end(), wanted.begin(), wanted.end(),
                                   [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
    if (!access || !bearer) {
        answer.description = "the answer has no bearer token";
        platform::cleanse(*tree);
        return answer;
    }
    Grant grant;
    grant.access_token = std::move(*access);
    grant.refresh_token = take_token(*tree, "refresh_token");
    if (const auto life = platform::get_integer(*tree, "expires_in")) {
        const auto cut = std::clamp<std::int64_t>(*life, shortest_token_life.count(), longest_token_life.count());
        grant.expires_in = std::chrono::seconds(cut);
    }
    platform::cleanse(*tree);
    answer.grant = std::move(grant);
    return answer;
}

std::string form_text(const Form& form) {
    std::string text;
    for (const auto& [name, value] : form) {
        if (!text.empty()) text += '&';
        text += platform::percent_encode(name);
        text += '=';
        text += platform::percent_encode(value);
    }
    return text;
}

awaitable<TokenAnswer> ask_token(platform::Worker& network, platform::NetOptions net, std::string url, Form form) {
    platform::http::Request request;
    request.method = "POST";
    request.url = std::move(url);
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
    request.body = form_text(form);
    for (auto& [name, value] : form) platform::cleanse(value);
    auto answered = co_await platform::http::fetch(network, std::move(request), std::move(net));
    if (answered) co_return read_token_answer(*answered);
    TokenAnswer none;
    none.failure = answered.error();
    none.description = none.failure.message();
    co_return none;
}

Fetch make_fetch(platform::Worker& network, platform::NetOptions net) {
    return [&network, net](const RefreshGrant& grant) { return refresh_once(network, net, grant); };
}

Revoke make_revoke(platform::Worker& network, platform::NetOptions net) {
    return [&network, net](const RefreshGrant& grant) { return revoke_once(network, net, grant); };
}

}  // namespace credentials
