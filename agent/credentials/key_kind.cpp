#include "agent/credentials/key_kind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "agent/credentials/credential.hpp"
#include "platform/text.hpp"

namespace credentials {
namespace {

/// Roles that no rule of the database holds back, or that manage it. All names with the prefix are of that kind.
constexpr std::array<std::string_view, 6> master_roles{"service_role", "postgres",       "root",
                                                       "pgbouncer",    "dashboard_user", "authenticator"};
constexpr std::string_view master_prefix = "supabase_";

/// Keys of the newer form are no JWTs; the last one opens an account with all its projects.
constexpr std::string_view public_form = "sb_publishable_";
constexpr std::array<std::string_view, 2> secret_forms{"sb_secret_", "sbp_"};

std::string_view bare(std::string_view text) {
    constexpr std::string_view bearer = "Bearer ";
    text = platform::trim(text);
    if (text.starts_with(bearer)) text = platform::trim(text.substr(bearer.size()));
    return text;
}

bool is_master(const std::string& role) {
    return role.starts_with(master_prefix) ||
           std::find(master_roles.begin(), master_roles.end(), role) != master_roles.end();
}

std::string role_of(const TokenClaims& claims) {
    std::string role{platform::trim(claims.role)};
    std::transform(role.begin(), role.end(), role.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return role;
}

std::string secret_name(std::string_view text) {
    const auto claims = claims_of(bare(text));
    const auto role = claims ? platform::clean(claims->role, 40) : std::string{};
    return fmt::format("is a secret key of the project{}, which opens every device and all data",
                       role.empty() ? std::string{} : fmt::format(" (role {})", role));
}

}  // namespace

KeyKind kind_of_key(std::string_view text) {
    text = bare(text);
    if (text.starts_with(public_form)) return KeyKind::public_key;
    for (const auto form : secret_forms) {
        if (text.starts_with(form)) return KeyKind::secret_key;
    }
    const auto claims = claims_of(text);
    if (!claims) return KeyKind::unknown;
    const auto role = role_of(*claims);
    if (is_master(role)) return KeyKind::secret_key;
    if (role == "anon") return KeyKind::public_key;
    if (normalise_uuid(claims->device_uuid)) return KeyKind::device_token;
    const bool personal = role == "authenticated" || !claims->subject.empty() || !claims->email.empty();
    return personal ? KeyKind::user_token : KeyKind::unknown;
}

std::optional<std::string> wrong_as_token(std::string_view text) {
    const auto kind = kind_of_key(text);
    if (kind == KeyKind::secret_key) {
        return fmt::format(
            "{}: it is used for nothing here. Hand in a device token or a login's, and keep that key off this machine",
            secret_name(text));
    }
    if (kind == KeyKind::public_key) {
        return "is the project's public key, not a token: give it as api.key; the token is a device token or a login's";
    }
    return std::nullopt;
}

std::optional<std::string> wrong_as_public_key(std::string_view text) {
    const auto kind = kind_of_key(text);
    constexpr std::string_view right = "the public key has the role anon, or begins with sb_publishable_";
    if (kind == KeyKind::secret_key) {
        return fmt::format(
            "{}, and would travel in the address of each connection: {}; replace the secret key at the backend if "
            "others may have read it here",
            secret_name(text), right);
    }
    if (kind == KeyKind::user_token || kind == KeyKind::device_token) {
        return fmt::format(
            "is a token of a {}, not the project's public key, and would travel in the address of each connection: {}; "
            "hand the token in by  agent --pair --token-stdin",
            kind == KeyKind::device_token ? "device" : "person", right);
    }
    return std::nullopt;
}

}  // namespace credentials
