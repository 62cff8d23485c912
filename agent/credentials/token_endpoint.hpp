// The OAuth token and revocation endpoints over HTTPS: refresh, exchange, revoke (RFC 6749, RFC 7009).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/credentials/tokens.hpp"
#include "platform/http/http.hpp"
#include "platform/net_failure.hpp"
#include "platform/worker.hpp"

namespace credentials {

using Form = std::vector<std::pair<std::string, std::string>>;

/// What a token endpoint answered: a grant, or its error code ("invalid_grant"), or no proper answer at all.
struct TokenAnswer {
    std::optional<Grant> grant;
    std::string error;                    // the server's code; empty when there is none
    std::string description;              // a sentence, cleaned; never empty without a grant
    int status = 0;                       // 0: no answer
    platform::NetFailure failure = {};    // why there is none
    std::chrono::seconds retry_after{0};  // how long the server wants not to be asked; 0: it did not say

    /// Not the login server's own word on what was asked, but trouble on the way or at the server: asked again later,
    /// it may have another one.
    bool passing() const;
    /// The server does not know the client (any more).
    bool unknown_client() const { return error == "invalid_client" || error == "unauthorized_client"; }
};

/// Posts the form. No redirect is followed: one is an error. The form's values are cleansed.
awaitable<TokenAnswer> ask_token(platform::Worker& network, platform::NetOptions net, std::string url, Form form);

/// Reads such an answer; its body is cleansed.
TokenAnswer read_token_answer(platform::http::Response& response);

/// For Tokens. `network` outlives what is returned.
Fetch make_fetch(platform::Worker& network, platform::NetOptions net);
Revoke make_revoke(platform::Worker& network, platform::NetOptions net);

/// application/x-www-form-urlencoded
std::string form_text(const Form& form);

/// A server's claim about a token's life is cut to this range.
inline constexpr std::chrono::seconds shortest_token_life{30};
inline constexpr std::chrono::seconds longest_token_life{std::chrono::hours{24 * 366 * 5}};

}  // namespace credentials
