#include "agent/doctor/credential.hpp"

#include <nlohmann/json.hpp>

#include "agent/credentials/key_kind.hpp"
#include "agent/credentials/outside.hpp"
#include "agent/credentials/store.hpp"
#include "agent/pairing/bound_credential.hpp"
#include "agent/pairing/store_settings.hpp"
#include "agent/pairing/token_input.hpp"
#include "platform/text.hpp"

namespace doctor {
namespace {

/// `what` was found, and what else may hold a token; and where it goes, with who said so.
void add_pairing(const Subject& subject, const std::string& what, const std::string& left, Report& report) {
    if (!subject.elsewhere.empty()) {
        return report.add("pairing", Outcome::failed, subject.elsewhere, "mend api.url, or  agent --pair --force");
    }
    report.add("pairing", left.empty() ? Outcome::ok : Outcome::warning, what + left,
               left.empty() ? "" : "start the agent anew, or run  agent --unpair: either erases it");
    report.add("pairing", Outcome::ok, "the backend is " + pairing::describe_backend(subject.config));
}

/// The token that others put there, as the agent reads it.
void look_at_outside(Subject& subject, Report& report) {
    const auto& file = subject.config.credentials.token_file;
    const auto text = credentials::read_outside(file);
    if (!text) {
        return report.add("pairing", Outcome::failed, file.string() + ": " + text.error().message(),
                          "put a token there that this user alone can read (chmod 0600)");
    }
    pairing::TokenInput token;
    auto wrong = pairing::read_token(text->reveal(), token);
    if (!wrong && token.device_uuid.empty()) wrong = pairing::TokenProblem{"the token names no device"};
    if (wrong) {
        return report.add("pairing", Outcome::failed, file.string() + ": " + wrong->what, "put a device token there");
    }
    credentials::Credential credential;
    credential.device_uuid = token.device_uuid;
    credential.access_token = std::move(token.access_token);
    credential.api_key = std::move(token.api_key);
    credential.expires_at = token.expires_at;
    credential.origin = credentials::Origin::file;
    auto bound = pairing::bind_outside(subject.config, "the token in " + file.string(), credential, false);
    subject.elsewhere = bound.problem;
    subject.config = std::move(bound.config);
    subject.credential = std::move(credential);
    add_pairing(subject, "device " + subject.credential->device_uuid + ", by " + file.string(), {}, report);
}

}  // namespace

void look_at_pairing(Subject& subject, Report& report) {
    if (!subject.config.credentials.token_file.empty()) return look_at_outside(subject, report);
    credentials::Store store(pairing::store_settings(subject.config));
    // A running refresh has such a file for a moment.
    std::string left;
    for (const auto& path : store.leftovers()) {
        left += "; " + path.string() + ", which a pairing or a refresh that was killed has left, may hold a token";
    }
    auto found = store.load();
    if (found) {
        auto bound = pairing::bind_stored(subject.config, store, *found, false);
        subject.elsewhere = bound.problem;
        subject.config = std::move(bound.config);
        subject.credential = std::move(*found);
        return add_pairing(subject, "device " + subject.credential->device_uuid, left, report);
    }
    const auto* device = part_of(subject.status.get(), "device");
    if (device != nullptr) {
        return report.add(
            "pairing", Outcome::ok,
            "the running agent has device " + word_of(*device, "uuid") + ", by a credential that it alone can read");
    }
    const bool unpaired = found.error() == credentials::Errc::none || found.error() == credentials::Errc::wiped ||
                          found.error() == boost::system::errc::no_such_file_or_directory;
    if (unpaired)
        return report.add("pairing", Outcome::failed, "this machine is not paired" + left, "run  agent --pair");
    report.add("pairing", Outcome::failed, found.error().message(), store.explain(found.error()));
}

void look_at_token(const Subject& subject, Report& report) {
    if (!subject.credential) return report.skip({"token", "address"}, "there is none to look at");
    const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto claims = credentials::claims_of(subject.credential->access_token.reveal());
    std::string what = !claims ? "an opaque token" : claims->device_uuid.empty() ? "a user token" : "a device token";
    if (claims && !claims->role.empty()) what += ", role " + platform::clean(claims->role, 40);
    if (subject.credential->expires_at) what += ", valid until " + pairing::when_text(*subject.credential->expires_at);
    what += subject.credential->refresh ? ", refreshed by itself" : ", not refreshable";
    const bool ours = subject.credential->origin == credentials::Origin::stored;
    const std::string rotate = ours ? "run  agent --pair --rotate"
                                    : "put another token into " + subject.config.credentials.token_file.string();
    const bool lasts = subject.credential->refresh || !subject.credential->expires_at;
    if (const auto wrong = credentials::wrong_as_token(subject.credential->access_token.reveal())) {
        report.add("token", Outcome::failed, "the token " + *wrong, rotate + "  with a device token");
    } else if (!lasts && *subject.credential->expires_at <= now) {
        report.add("token", Outcome::failed, what + ": it has run out", rotate);
    } else if (!lasts && *subject.credential->expires_at - now < pairing::shortest_lasting) {
        report.add("token", Outcome::warning, what, rotate + "  before it runs out");
    } else {
        report.add("token", Outcome::ok, what);
    }
    if (!subject.credential->api_key.empty() || !subject.config.api.key.empty()) {
        return report.add("address", Outcome::ok, "the public key is in the address, the token is not");
    }
    report.add("address", Outcome::warning,
               "without a public key the token travels in the address, where proxies log it",
               "set api.key to the project's public key");
}

}  // namespace doctor
