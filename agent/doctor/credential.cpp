#include "agent/doctor/credential.hpp"

#include <nlohmann/json.hpp>

#include "agent/credentials/key_kind.hpp"
#include "agent/credentials/store.hpp"
#include "agent/pairing/binding.hpp"
#include "agent/pairing/find_credential.hpp"
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

/// What a controller compares when it meets the device for the first time.
void add_key(const credentials::Store& store, Report& report) {
    const auto key = store.identity().load();
    if (key) return report.add("key", Outcome::ok, "the device's key is " + platform::fingerprint(key->public_key()));
    if (key.error() == credentials::Errc::none) return report.skip({"key"}, "the agent makes one when it starts");
    report.add("key", Outcome::warning, "the device's key cannot be read: " + key.error().message(),
               "see who may read the folder " + store.folder().string());
}

/// What to do about a token from outside that cannot be used, where the sentence that says so does not name it.
std::string remedy_of_outside(Error why) {
    if (why == credentials::Errc::refused_token) return "put another token there, or take it away";
    if (why == credentials::Errc::damaged) return "put a device token there";
    return "put a token there that this user alone can read (chmod 0600)";
}

/// Why the store has none.
void explain_store(const Subject& subject, const credentials::Store& store, Error why, const std::string& left,
                   Report& report) {
    if (const auto* device = part_of(subject.status.get(), "device")) {
        return report.add(
            "pairing", Outcome::ok,
            "the running agent has device " + word_of(*device, "uuid") + ", by a credential that it alone can read");
    }
    const bool unpaired = why == credentials::Errc::none || why == credentials::Errc::wiped ||
                          why == boost::system::errc::no_such_file_or_directory;
    if (unpaired) {
        return report.add("pairing", Outcome::failed, "this machine is not paired" + left, "run  agent --pair");
    }
    report.add("pairing", Outcome::failed, why.message(), store.explain(why));
}

}  // namespace

void look_at_pairing(Subject& subject, Report& report) {
    credentials::Store store(pairing::store_settings(subject.config));
    // A running refresh has such a file for a moment.
    std::string left;
    for (const auto& path : store.leftovers()) {
        left += "; " + path.string() + ", which a pairing or a refresh that was killed has left, may hold a token";
    }
    auto found = pairing::find_credential(subject.config, store, {.named = subject.device});
    if (!found.credential) {
        const Error why = found.credential.error();
        if (!found.outside) return explain_store(subject, store, why, left, report);
        return report.add("pairing", Outcome::failed, found.problem, remedy_of_outside(why));
    }
    auto bound = pairing::bind_found(subject.config, store, *found.credential, found.outside, false);
    subject.elsewhere = bound.problem;
    subject.config = std::move(bound.config);
    subject.credential = std::move(*found.credential);
    if (found.outside) subject.token_file = found.outside->file;
    const auto device = "device " + subject.credential->device_uuid;
    if (found.outside) {
        add_pairing(subject, device + ", by " + found.outside->file.string(), {}, report);
    } else {
        add_pairing(subject, device, left, report);
    }
    add_key(store, report);
}

void look_at_token(const Subject& subject, Report& report) {
    if (!subject.credential) return report.skip({"key", "token", "address"}, "there is none to look at");
    const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto claims = credentials::claims_of(subject.credential->access_token.reveal());
    std::string what = !claims ? "an opaque token" : claims->device_uuid.empty() ? "a user token" : "a device token";
    if (claims && !claims->role.empty()) what += ", role " + platform::clean(claims->role, 40);
    if (subject.credential->expires_at) what += ", valid until " + pairing::when_text(*subject.credential->expires_at);
    what += subject.credential->refresh ? ", refreshed by itself" : ", not refreshable";
    const bool ours = subject.credential->origin == credentials::Origin::stored;
    const std::string rotate =
        ours ? "run  agent --pair --rotate" : "put another token into " + subject.token_file.string();
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
