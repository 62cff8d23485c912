#include "agent/credentials/credential.hpp"

#include <nlohmann/json.hpp>

#include "platform/crypto.hpp"
#include "platform/json/tree.hpp"

namespace credentials {
namespace {

/// A JWT beyond this is no token of anybody's.
constexpr std::size_t jwt_bytes = 64 * 1024;
constexpr std::size_t uuid_chars = 36;

}  // namespace

Credential Credential::clone() const {
    Credential copy;
    copy.device_uuid = device_uuid;
    copy.device_name = device_name;
    copy.access_token = access_token.clone();
    copy.api_key = api_key.clone();
    if (refresh) {
        copy.refresh = RefreshGrant{refresh->token.clone(), refresh->client_id, refresh->token_url,
                                    refresh->revocation_url, refresh->resource};
    }
    copy.expires_at = expires_at;
    copy.paired_at = paired_at;
    copy.account = account;
    copy.origin = origin;
    copy.pairing_id = pairing_id;
    copy.backend = backend;
    return copy;
}

std::string_view how_to_renew(Origin origin) noexcept {
    switch (origin) {
        case Origin::stored:
            break;
        case Origin::file:
            return "put a fresh token into the agent's token file (credentials.token_file)";
        case Origin::systemd:
            return "replace the service manager's credential bmc-token and restart the agent";
        case Origin::ephemeral:
            return "start the agent again with a fresh token (--ephemeral --token-stdin)";
    }
    return "pair again (agent --pair)";
}

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

std::optional<std::string> normalise_uuid(std::string_view text) {
    if (text.size() != uuid_chars) return std::nullopt;
    std::string uuid;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (dash ? c != '-' : !digit) return std::nullopt;
        uuid += c;
    }
    return uuid;
}

std::string make_uuid() {
    auto bytes = platform::random_bytes(16);
    bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
    auto uuid = platform::hex(bytes);
    for (const std::size_t at : {8U, 13U, 18U, 23U}) uuid.insert(at, 1, '-');
    return uuid;
}

}  // namespace credentials
