#include "agent/outside_credential.hpp"

#include "agent/credentials/outside.hpp"
#include "agent/pairing/token_input.hpp"
#include "platform/file.hpp"

Result<credentials::Credential> load_outside(const OutsideToken& where, const credentials::Store& store,
                                             const std::string& device, std::string& problem) {
    const auto text = credentials::read_outside(where.file);
    if (!text) {
        const bool missing = text.error() == boost::system::errc::no_such_file_or_directory;
        problem = missing ? where.file.string() + " is not there: put a token into it, for this user alone (chmod 0600)"
                          : platform::explain_refusal(where.file, text.error());
        return text.error();
    }
    if (text->empty()) {
        problem = where.file.string() + " is empty: put a token into it";
        return credentials::Errc::damaged;
    }
    const auto refused = "the token in " + where.file.string() + " was unpaired: remove it or put another there";
    if (store.is_refused(text->reveal())) {
        problem = refused;
        return credentials::Errc::refused_token;
    }
    pairing::TokenInput token;
    auto wrong = pairing::read_token(text->reveal(), token);
    if (!wrong && store.is_refused(token.access_token.reveal())) {
        problem = refused;
        return credentials::Errc::refused_token;
    }
    const auto uuid = credentials::normalise_uuid(device.empty() ? token.device_uuid : device);
    if (!wrong && token.access_token.empty())
        wrong = pairing::TokenProblem{"a refresh token: hand it in by  agent --pair --token-file"};
    if (!wrong && !uuid) wrong = pairing::TokenProblem{"the token names no device: add --device UUID"};
    if (wrong) {
        problem = where.file.string() + ": " + wrong->what;
        return credentials::Errc::damaged;
    }
    credentials::Credential credential;
    credential.device_uuid = *uuid;
    credential.device_name = *uuid;
    credential.access_token = std::move(token.access_token);
    credential.api_key = std::move(token.api_key);
    credential.expires_at = token.expires_at;
    credential.account = token.account;
    credential.origin = where.origin;
    return credential;
}
