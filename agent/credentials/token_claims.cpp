#include "agent/credentials/token_claims.hpp"

#include <nlohmann/json.hpp>

#include "platform/crypto.hpp"
#include "platform/json/tree.hpp"

namespace credentials {
namespace {

/// A JWT beyond this is no token of anybody's.
constexpr std::size_t jwt_bytes = 64 * 1024;

}  // namespace

std::optional<TokenClaims> claims_of(std::string_view jwt) {
    if (jwt.size() > jwt_bytes) return std::nullopt;
    const auto first = jwt.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    const auto second = jwt.find('.', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const auto body = platform::from_base64url(jwt.substr(first + 1, second - first - 1));
    if (!body) return std::nullopt;
    const auto tree = platform::parse_json(*body);
    if (!tree || !tree->is_object()) return std::nullopt;
    TokenClaims claims;
    if (const auto* exp = platform::find(*tree, "exp"); exp != nullptr && exp->is_number()) {
        // A fraction is allowed (RFC 7519 NumericDate); what does not fit is no date.
        const auto seconds = exp->get<double>();
        if (seconds > 0 && seconds < 1e12)
            claims.expires = WallTime(std::chrono::seconds(static_cast<long long>(seconds)));
    }
    claims.role = platform::get_string(*tree, "role").value_or("");
    claims.subject = platform::get_string(*tree, "sub").value_or("");
    claims.issuer = platform::get_string(*tree, "iss").value_or("");
    claims.email = platform::get_string(*tree, "email").value_or("");
    claims.project = platform::get_string(*tree, "ref").value_or("");
    claims.device_uuid = platform::get_string(*tree, "device_uuid").value_or("");
    return claims;
}

}  // namespace credentials
