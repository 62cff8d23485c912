// Tokens as the backend signs and judges them: HS256 by libjwt, with the recorded server's verdicts in its own words.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace hub {

using Json = nlohmann::json;

/// What the server says of a token.
enum class TokenFault : std::uint8_t {
    none,
    malformed,       ///< not three parts of base64url JSON
    signature,       ///< signed with another key
    missing_claims,  ///< no `role` or no `exp`
    expired,
    bad_claims,  ///< `exp` or `iat` is no number, or `exp` is a fraction in the past
    bad_byte,    ///< white space or such inside: the decoder itself fails
};

struct Verdict {
    TokenFault fault = TokenFault::none;
    Json claims;
    std::int64_t expired_ago = 0;  ///< seconds, when expired
    std::size_t bad_at = 0;        ///< where the bad byte stands
};

/// Judges `token` at `wall_seconds`.
Verdict judge_token(std::string_view token, const std::string& secret, double wall_seconds);

/// The reason in the reply to a join: "<Code>: <text>".
std::string join_reason(const Verdict& verdict);
/// The text in a `system` message after an `access_token` push.
std::string system_text(const Verdict& verdict);
/// Status and text of an upgrade that is refused.
std::pair<unsigned, std::string> upgrade_refusal(const Verdict& verdict);

/// Signs `claims` (HS256).
std::string sign_token(const Json& claims, const std::string& secret);

/// Claims of the tokens that tests and people use. `now` and the life are in seconds.
Json anon_claims(std::int64_t now);
Json service_claims(std::int64_t now);
Json device_claims(const std::string& uuid, std::int64_t now, std::int64_t life);
Json user_claims(const std::string& sub, std::int64_t now, std::int64_t life);

}  // namespace hub
