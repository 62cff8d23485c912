#include "agent/pairing/outside_credential.hpp"

#include "agent/credentials/outside.hpp"
#include "agent/pairing/token_input.hpp"
#include "platform/file.hpp"

namespace pairing {
namespace {

Error fail(std::string& problem, std::string sentence, Error why) {
    problem = std::move(sentence);
    return why;
}

std::string refusal_of(const std::filesystem::path& file, Error why) {
    const bool missing = why == boost::system::errc::no_such_file_or_directory;
    return missing ? file.string() + " is not there: put a token into it, for this user alone (chmod 0600)"
                   : platform::explain_refusal(file, why);
}

credentials::Credential credential_of(pairing::TokenInput token, std::string uuid, credentials::Origin origin) {
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

Result<credentials::Credential> load_outside(const OutsideToken& where, const credentials::Store& store,
                                             const std::string& device, std::string& problem) {
    const auto name = where.file.string();
    const auto text = credentials::read_outside(where.file);
    if (!text) return fail(problem, refusal_of(where.file, text.error()), text.error());
    if (text->empty()) return fail(problem, name + " is empty: put a token into it", credentials::Errc::damaged);
    pairing::TokenInput token;
    auto wrong = pairing::read_token(text->reveal(), token);
    if (store.is_refused(text->reveal()) || (!wrong && store.is_refused(token.access_token.reveal()))) {
        return fail(problem, "the token in " + name + " was unpaired: remove it or put another there",
                    credentials::Errc::refused_token);
    }
    auto uuid = credentials::normalise_uuid(device.empty() ? token.device_uuid : device);
    if (!wrong && token.access_token.empty())
        wrong = pairing::TokenProblem{"a refresh token: hand it in by  agent --pair --token-file"};
    if (!wrong && !uuid) wrong = pairing::TokenProblem{"the token names no device: add --device UUID"};
    if (wrong) return fail(problem, name + ": " + wrong->what, credentials::Errc::damaged);
    return credential_of(std::move(token), std::move(*uuid), where.origin);
}

}  // namespace pairing
