#include "tests/hub/token.hpp"

#include <fmt/core.h>
#include <jwt.h>
#include <openssl/evp.h>

#include <cmath>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace hub {

namespace {

constexpr std::string_view issuer = "busymate-hub";
constexpr std::int64_t key_life = 10LL * 365 * 86400;

struct FreeJwt {
    void operator()(jwt_t* jwt) const { jwt_free(jwt); }
};
using JwtPointer = std::unique_ptr<jwt_t, FreeJwt>;

const unsigned char* key_bytes(const std::string& secret) {
    return reinterpret_cast<const unsigned char*>(secret.data());
}

bool is_base64url(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

std::optional<Json> part_as_object(std::string_view part) {
    std::string text{part};
    for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
    while (text.size() % 4 != 0) text += '=';
    std::string bytes(text.size() / 4 * 3, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(size));
    while (!bytes.empty() && bytes.back() == '\0') bytes.pop_back();
    auto parsed = Json::parse(bytes, nullptr, false);
    if (!parsed.is_object()) return std::nullopt;
    return parsed;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

Verdict fault(TokenFault what) {
    Verdict verdict;
    verdict.fault = what;
    return verdict;
}

/// What is read as text has to be text, or not there; null is the same as not there.
bool has_readable_names(Json& claims) {
    for (const auto* name : {"role", "sub", "device_uuid", "session_id", "access"}) {
        const auto found = claims.find(name);
        if (found == claims.end() || found->is_string()) continue;
        if (!found->is_null()) return false;
        claims.erase(found);
    }
    return true;
}

Verdict judge_claims(Json claims, double now) {
    if (!has_readable_names(claims)) return fault(TokenFault::missing_claims);
    const bool role = claims.contains("role") && !claims["role"].is_null();
    if (!role || !claims.contains("exp") || claims["exp"].is_null()) return fault(TokenFault::missing_claims);
    const auto& exp = claims["exp"];
    if (!exp.is_number() || (claims.contains("iat") && !claims["iat"].is_number()))
        return fault(TokenFault::bad_claims);
    const auto second = std::floor(now);
    if (exp.get<double>() <= second) {
        if (exp.is_number_float()) return fault(TokenFault::bad_claims);
        auto verdict = fault(TokenFault::expired);
        verdict.expired_ago = static_cast<std::int64_t>(second) - exp.get<std::int64_t>();
        return verdict;
    }
    Verdict verdict;
    verdict.claims = std::move(claims);
    return verdict;
}

}  // namespace

Verdict judge_token(std::string_view text, const std::string& secret, double wall_seconds) {
    const auto token = trimmed(text);
    const auto first = token.find('.');
    const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
        return fault(TokenFault::malformed);
    for (std::size_t i = 0; i < first; ++i)
        if (!is_base64url(token[i])) {
            auto verdict = fault(TokenFault::bad_byte);
            verdict.bad_at = i;
            return verdict;
        }
    const auto header = part_as_object(token.substr(0, first));
    auto claims = part_as_object(token.substr(first + 1, second - first - 1));
    if (!header || !claims) return fault(TokenFault::malformed);
    jwt_t* raw = nullptr;
    const std::string whole{token};
    const int failed = jwt_decode(&raw, whole.c_str(), key_bytes(secret), static_cast<int>(secret.size()));
    const JwtPointer jwt{raw};
    if (failed != 0 || jwt_get_alg(jwt.get()) == JWT_ALG_NONE) return fault(TokenFault::signature);
    return judge_claims(std::move(*claims), wall_seconds);
}

std::string join_reason(const Verdict& verdict) {
    switch (verdict.fault) {
        case TokenFault::none:
            return {};
        case TokenFault::malformed:
            return "MalformedJWT: The token provided is not a valid JWT";
        case TokenFault::signature:
            return "JwtSignatureError: Failed to validate JWT signature";
        case TokenFault::missing_claims:
            return "InvalidJWTToken: Fields `role` and `exp` are required in JWT";
        case TokenFault::expired:
            return fmt::format("InvalidJWTToken: Token has expired {} seconds ago", verdict.expired_ago);
        case TokenFault::bad_claims:
            return "InvalidJWTToken: Token expiration time is invalid";
        case TokenFault::bad_byte:
            return fmt::format("UnknownErrorOnChannel: Erlang error: {{:invalid_byte, {}}}", verdict.bad_at - 1);
    }
    return {};
}

std::string system_text(const Verdict& verdict) {
    switch (verdict.fault) {
        case TokenFault::malformed:
            return "The token provided is not a valid JWT";
        case TokenFault::signature:
            return ":signature_error";
        case TokenFault::expired:
            return fmt::format("Token has expired {} seconds ago", verdict.expired_ago);
        case TokenFault::bad_claims:
            return "Token expiration time is invalid";
        default:
            return "Fields `role` and `exp` are required in JWT";
    }
}

std::pair<unsigned, std::string> upgrade_refusal(const Verdict& verdict) {
    switch (verdict.fault) {
        case TokenFault::malformed:
            return {401, "The token provided is not a valid JWT"};
        case TokenFault::signature:
            return {401, "Failed to validate JWT signature"};
        case TokenFault::missing_claims:
            return {401, "Fields `role` and `exp` are required in JWT"};
        case TokenFault::expired:
            return {401, "Token has expired"};
        default:
            return {500, "Error connecting to Realtime"};
    }
}

std::string sign_token(const Json& claims, const std::string& secret) {
    jwt_t* raw = nullptr;
    if (jwt_new(&raw) != 0) throw std::bad_alloc{};
    const JwtPointer jwt{raw};
    const auto text = claims.dump();
    if (jwt_add_grants_json(jwt.get(), text.c_str()) != 0 ||
        jwt_set_alg(jwt.get(), JWT_ALG_HS256, key_bytes(secret), static_cast<int>(secret.size())) != 0)
        throw std::invalid_argument{"libjwt does not take these claims or this key"};
    char* encoded = jwt_encode_str(jwt.get());
    if (encoded == nullptr) throw std::runtime_error{"libjwt could not sign the token"};
    std::string token{encoded};
    std::free(encoded);
    return token;
}

Json anon_claims(std::int64_t now) {
    return {{"iss", issuer}, {"iat", now}, {"exp", now + key_life}, {"role", "anon"}};
}

Json service_claims(std::int64_t now) {
    return {{"iss", issuer}, {"iat", now}, {"exp", now + key_life}, {"role", "service_role"}};
}

Json user_claims(const std::string& sub, std::int64_t now, std::int64_t life) {
    return {{"iss", issuer},          {"iat", now}, {"exp", now + life}, {"role", "authenticated"},
            {"aud", "authenticated"}, {"sub", sub}};
}

Json device_claims(const std::string& uuid, std::int64_t now, std::int64_t life) {
    auto claims = user_claims("dddddddd-dddd-4ddd-8ddd-dddddddddddd", now, life);
    claims["device_uuid"] = uuid;
    return claims;
}

}  // namespace hub
