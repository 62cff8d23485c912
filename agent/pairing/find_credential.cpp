#include "agent/pairing/find_credential.hpp"

#include <utility>

#include "agent/credentials/outside_secrets.hpp"
#include "agent/pairing/bound_credential.hpp"
#include "agent/pairing/token_input.hpp"
#include "platform/file.hpp"

namespace pairing {
namespace {

Found not_usable(const OutsideToken& where, Error why, std::string sentence) {
    return {why, where, std::move(sentence)};
}

std::string refusal_of(const std::filesystem::path& file, Error why) {
    const bool missing = why == boost::system::errc::no_such_file_or_directory;
    return missing ? file.string() + " is not there: put a token into it, for this user alone (chmod 0600)"
                   : platform::explain_refusal(file, why);
}

credentials::Credential credential_of(TokenInput token, std::string uuid, credentials::Origin origin) {
    credentials::Credential credential;
    credential.device_uuid = std::move(uuid);
    credential.device_name = credential.device_uuid;
    credential.access_token = std::move(token.access_token);
    credential.api_key = std::move(token.api_key);
    credential.expires_at = token.expires_at;
    credential.account = token.account;
    credential.origin = origin;
    return credential;
}

}  // namespace

Found read_outside_token(const OutsideToken& where, const credentials::Store& store, const WantedDevice& device) {
    using credentials::Errc;
    const auto name = where.file.string();
    const auto text = credentials::read_outside(where.file);
    if (!text) return not_usable(where, text.error(), refusal_of(where.file, text.error()));
    if (text->empty()) return not_usable(where, Errc::damaged, name + " is empty: put a token into it");
    TokenInput token;
    auto wrong = read_token(text->reveal(), token);
    if (store.is_refused(text->reveal()) || (!wrong && store.is_refused(token.access_token.reveal()))) {
        return not_usable(where, Errc::refused_token,
                          "the token in " + name + " was unpaired: remove it or put another there");
    }
    auto uuid = credentials::normalise_uuid(device.named.empty() ? token.device_uuid : device.named);
    if (!uuid && device.named.empty() && !device.needed) uuid = credentials::make_uuid();
    if (!wrong && token.access_token.empty())
        wrong = TokenProblem{"a refresh token: hand it in by  agent --pair --token-file"};
    if (!wrong && !uuid) wrong = TokenProblem{"the token names no device: add --device UUID"};
    if (wrong) return not_usable(where, Errc::damaged, name + ": " + wrong->what);
    return {credential_of(std::move(token), std::move(*uuid), where.origin), where, {}};
}

Found find_credential(const config::Config& config, credentials::Store& store, const WantedDevice& device) {
    if (const auto outside = outside_token(config)) return read_outside_token(*outside, store, device);
    return {store.load(), std::nullopt, {}};
}

std::string source_of(const std::optional<OutsideToken>& outside) {
    return outside ? "the token in " + outside->file.string() : std::string{};
}

Binding bind_found(const config::Config& config, credentials::Store& store, credentials::Credential& credential,
                   const std::optional<OutsideToken>& outside, bool keep) {
    return outside ? bind_outside(config, source_of(outside), credential, keep)
                   : bind_stored(config, store, credential, keep);
}

}  // namespace pairing
