#include "agent/credentials/credential.hpp"

#include "platform/crypto.hpp"

namespace credentials {
namespace {

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
