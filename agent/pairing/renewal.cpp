#include "agent/pairing/renewal.hpp"

#include <fmt/format.h>

#include "platform/text.hpp"

namespace pairing {

std::string why_renew(const credentials::Credential& stored, std::optional<std::chrono::seconds> before,
                      credentials::WallTime now) {
    if (stored.refresh || !stored.expires_at) return {};
    const auto ends = when_text(*stored.expires_at);
    if (*stored.expires_at <= now) return fmt::format("its credential ran out at {}", ends);
    if (!before || *stored.expires_at - now > *before) return {};
    return fmt::format("its credential ends at {}, within the {} of --renew-before", ends,
                       platform::for_people(before->count()));
}

std::string why_unchanged(const credentials::Credential& stored, const TokenInput& token,
                          std::optional<std::chrono::seconds> before, credentials::WallTime now) {
    const bool same = !token.access_token.empty() && token.access_token.reveal() == stored.access_token.reveal();
    if (!same || !stored.expires_at || *stored.expires_at <= now) return {};
    if (why_renew(stored, before, now).empty()) return {};  // the server refuses it
    return fmt::format(
        "The token that was handed in is the stored one, so nothing was changed: hand in a newer one before {}.",
        when_text(*stored.expires_at));
}

std::string why_no_renewal(const credentials::Credential& stored, const TokenInput& token) {
    if (!token.device_uuid.empty() && token.device_uuid != stored.device_uuid) {
        return fmt::format(
            "the token that was handed in is of device {}, and this machine is paired as {}: hand in a token of that "
            "device, or unpair first (agent --unpair)",
            token.device_uuid, stored.device_uuid);
    }
    const bool lasts = token.refresh || !token.expires_at || !stored.expires_at || stored.refresh;
    if (lasts || *token.expires_at > *stored.expires_at) return {};
    return fmt::format(
        "the token that was handed in ends at {}, no later than the stored one ({}): hand in a newer one",
        when_text(*token.expires_at), when_text(*stored.expires_at));
}

}  // namespace pairing
