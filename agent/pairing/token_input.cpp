#include "agent/pairing/token_input.hpp"

#include <fmt/chrono.h>

#include <nlohmann/json.hpp>

#include "agent/credentials/key_kind.hpp"
#include "agent/pairing/token_text.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"

namespace pairing {
namespace {

using credentials::WallTime;

void describe_access(TokenInput& out) {
    const auto claims = credentials::claims_of(out.access_token.reveal());
    if (!claims) return;
    out.expires_at = claims->expires;
    out.account = claims->email.empty() ? claims->subject : claims->email;
    const auto uuid = credentials::normalise_uuid(claims->device_uuid);
    if (uuid) out.device_uuid = *uuid;
    out.kind = uuid ? TokenKind::device : TokenKind::user;
}

std::optional<TokenProblem> read_object(nlohmann::json& tree, TokenInput& out) {
    const auto take = [&](const char* key) {
        auto text = platform::get_string(tree, key).value_or("");
        return Secret(std::move(text));
    };
    const auto text_of = [&](const char* key) { return platform::get_string(tree, key).value_or(""); };
    out.access_token = take("access_token");
    out.api_key = take("api_key");
    credentials::RefreshGrant grant{take("refresh_token"), text_of("client_id"), text_of("token_url"),
                                    text_of("revocation_url"), text_of("resource")};
    platform::cleanse(tree);
    if (out.access_token.empty() && grant.token.empty()) {
        return TokenProblem{"the JSON has neither access_token nor refresh_token"};
    }
    if (!out.access_token.empty()) {
        const auto wrong = what_is_wrong_with_token(out.access_token.reveal());
        if (!wrong.empty()) return TokenProblem{"access_token " + wrong};
    }
    if (grant.token.empty()) {
        if (grant.revocation_url.empty()) return std::nullopt;
        return TokenProblem{
            "revocation_url is where a refresh_token is revoked, and there is none: add it, or leave "
            "revocation_url out"};
    }
    if (const auto wrong = what_is_wrong_with_token(grant.token.reveal()); !wrong.empty()) {
        return TokenProblem{"refresh_token " + wrong};
    }
    if (grant.client_id.empty()) return TokenProblem{"a refresh_token needs the client_id it was given to"};
    out.refresh = std::move(grant);
    out.kind = TokenKind::refresh;
    return std::nullopt;
}

}  // namespace

std::optional<TokenProblem> read_token(std::string_view text, TokenInput& out) {
    text = bare_token(text);
    if (text.empty()) return TokenProblem{"no token came: pipe it in, such as  agent --pair --token-stdin < token"};
    if (text.front() == '{') {
        auto tree = platform::parse_json(text);
        if (!tree) return TokenProblem{"what came begins with { and is no JSON"};
        if (auto wrong = read_object(*tree, out)) return wrong;
    } else {
        const auto wrong = what_is_wrong_with_token(text);
        if (!wrong.empty()) return TokenProblem{"what came is no token: it " + wrong};
        out.access_token = Secret(text);
    }
    if (const auto wrong = credentials::wrong_as_token(out.access_token.reveal())) {
        return TokenProblem{"what came " + *wrong};
    }
    if (const auto wrong = credentials::wrong_as_public_key(out.api_key.reveal())) {
        return TokenProblem{"its api_key " + *wrong};
    }
    const auto kind = out.kind;
    describe_access(out);
    if (kind == TokenKind::refresh) out.kind = kind;
    return std::nullopt;
}

std::string when_text(WallTime time) {
    return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string describe(const TokenInput& token, WallTime now) {
    std::string text;
    switch (token.kind) {
        case TokenKind::device:
            text = "a device token";
            break;
        case TokenKind::user:
            text = "a user token";
            break;
        case TokenKind::refresh:
            text = "a refresh token";
            break;
        case TokenKind::opaque:
            text = "an opaque token, which does not say whose it is";
            break;
    }
    if (!token.account.empty()) text += " of " + platform::clean(token.account, 80);
    if (token.expires_at) {
        const auto left = *token.expires_at - now;
        text += ", valid until " + when_text(*token.expires_at);
        if (left.count() > 0) text += " (for " + platform::for_people(left.count()) + ")";
    }
    return text;
}

std::optional<TokenProblem> judge_life(const TokenInput& token, WallTime now, bool ephemeral) {
    if (token.refresh || !token.expires_at) return std::nullopt;
    if (*token.expires_at <= now) {
        return TokenProblem{"the token ran out at " + when_text(*token.expires_at) +
                            ": get a new one (or set this machine's clock, which says " + when_text(now) + ")"};
    }
    if (ephemeral || *token.expires_at - now >= shortest_lasting) return std::nullopt;
    return TokenProblem{
        "the token runs out at " + when_text(*token.expires_at) +
        " and cannot be refreshed: hand in one that lives longer, or a refresh token with its client_id "
        "as JSON; or run with --ephemeral, which keeps it in memory alone"};
}

}  // namespace pairing
