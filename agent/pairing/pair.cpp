#include "agent/pairing/pair.hpp"

#include <utility>

#include "agent/credentials/store_files.hpp"
#include "agent/pairing/device.hpp"
#include "agent/pairing/login.hpp"
#include "agent/pairing/proof.hpp"
#include "platform/text.hpp"

namespace pairing {
namespace {

using credentials::Credential;
using credentials::WallTime;

constexpr std::size_t name_bytes = 100;
constexpr int http_unauthorized = 401;
constexpr int http_forbidden = 403;

WallTime wall_now() {
    return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
}

PairResult failed(PairOutcome outcome, std::string problem) {
    return {outcome, std::move(problem), std::nullopt, false};
}

/// One pairing on its way: what is known so far.
struct Work {
    PairNeeds needs;
    PairRequest request;
    TokenInput token;
    Device device = {};
    bool known = false;  // the device is not made here: it must be there
    WallTime paired_at = wall_now();

    void say(std::string_view line) const { needs.say(line); }

    /// The store before anything is asked of the backend: what cannot be kept need not be fetched.
    std::optional<PairResult> check_store();
    std::optional<PairResult> choose_device();
    awaitable<std::optional<PairResult>> get_token();
    awaitable<std::optional<PairResult>> log_in_person();
    awaitable<std::optional<PairResult>> fetch_access();
    std::optional<PairResult> confirm_account() const;
    awaitable<std::optional<PairResult>> exchange_for_device();
    awaitable<std::optional<PairResult>> settle_row();
    awaitable<std::optional<PairResult>> prove_it();
    Credential make() const;
    std::optional<PairResult> keep(const Credential& credential);
};

std::optional<PairResult> Work::check_store() {
    if (needs.store == nullptr) return std::nullopt;
    if (const Error ec = needs.store->open()) {
        return failed(PairOutcome::not_stored, "the store: " + needs.store->explain(ec));
    }
    say("The credential will be kept in " + needs.store->folder().string() + ".");
    const auto before = needs.store->load();
    if (!before || request.force || request.rotate) return std::nullopt;
    const auto what = "this machine is paired already, as device " + before->device_uuid + " (" +
                      platform::clean(before->device_name, name_bytes) + ")";
    if (needs.confirm && needs.confirm("T" + what.substr(1) + ". Replace it?")) return std::nullopt;
    return failed(PairOutcome::wrong_input,
                  what + ": add --force to replace it, or --rotate for a new credential only");
}

std::optional<PairResult> Work::choose_device() {
    const auto before = needs.store != nullptr ? needs.store->load() : Result<Credential>(credentials::Errc::none);
    if (request.rotate) {
        if (!before) return failed(PairOutcome::wrong_input, "--rotate: " + needs.store->explain(before.error()));
        if (request.device_uuid.empty()) request.device_uuid = before->device_uuid;
        if (request.device_uuid != before->device_uuid) {
            return failed(PairOutcome::wrong_input,
                          "--rotate keeps device " + before->device_uuid + ": leave --device out, or use --force");
        }
    }
    const auto wanted = request.device_uuid.empty() ? token.device_uuid : request.device_uuid;
    if (!wanted.empty()) {
        const auto uuid = credentials::normalise_uuid(wanted);
        if (!uuid) {
            return failed(PairOutcome::wrong_input, "--device: " + platform::clean(wanted, name_bytes) +
                                                        " is no UUID, such as " + credentials::make_uuid());
        }
        if (!token.device_uuid.empty() && *uuid != token.device_uuid) {
            return failed(PairOutcome::wrong_input,
                          "--device names " + *uuid + ", but the token belongs to device " + token.device_uuid);
        }
        device.uuid = *uuid;
        known = true;
        return std::nullopt;
    }
    known = static_cast<bool>(before);
    device.uuid = before ? before->device_uuid : credentials::make_uuid();
    if (before) device.name = before->device_name;
    return std::nullopt;
}

awaitable<std::optional<PairResult>> Work::get_token() {
    if (request.login) {
        auto problem = co_await log_in_person();
        co_return problem;
    }
    say("This is " + describe(token, wall_now()) + ".");
    if (token.access_token.empty()) {
        auto problem = co_await fetch_access();
        if (problem) co_return problem;
    }
    const bool lasting = !request.ephemeral && needs.settings.device_token_url.empty();
    if (auto wrong = judge_life(token, wall_now(), !lasting)) {
        co_return failed(PairOutcome::wrong_input, std::move(wrong->what));
    }
    if (!request.expect_account.empty()) co_return confirm_account();
    co_return std::nullopt;
}

awaitable<std::optional<PairResult>> Work::log_in_person() {
    const OAuthNeeds oauth{needs.network, needs.realtime.net, needs.settings};
    LoginWishes wishes;
    wishes.no_browser = request.no_browser;
    wishes.say = needs.say;
    if (needs.store != nullptr) wishes.client_file = needs.store->folder() / credentials::files::client;
    auto login = co_await log_in(oauth, std::move(wishes));
    if (!login) {
        co_return failed(login.unreachable ? PairOutcome::unavailable : PairOutcome::refused, std::move(login.problem));
    }
    auto& got = *login.value;
    token = TokenInput{};
    token.kind = TokenKind::user;
    token.access_token = std::move(got.grant.access_token);
    token.account = got.account;
    const auto claims = credentials::claims_of(token.access_token.reveal());
    if (claims && claims->expires) token.expires_at = claims->expires;
    if (!token.expires_at && got.grant.expires_in) token.expires_at = wall_now() + *got.grant.expires_in;
    if (!got.refresh.token.empty()) token.refresh = std::move(got.refresh);
    // Whoever saw the address could have logged in with an account of his own, and would own this machine.
    auto problem = confirm_account();
    if (problem) co_return problem;
    const bool lasting = !request.ephemeral && needs.settings.device_token_url.empty();
    if (auto wrong = judge_life(token, wall_now(), !lasting)) {
        co_return failed(PairOutcome::refused, std::move(wrong->what));
    }
    co_return std::nullopt;
}

std::optional<PairResult> Work::confirm_account() const {
    const auto shown = token.account.empty() ? std::string("an account that does not say its name")
                                             : platform::clean(token.account, name_bytes);
    if (!request.expect_account.empty()) {
        if (token.account == request.expect_account) return std::nullopt;
        return failed(PairOutcome::refused,
                      "this is the account " + shown + ", not " + request.expect_account + ": nothing was stored");
    }
    if (needs.confirm && needs.confirm("Logged in as " + shown + ". Shall this account own this machine?"))
        return std::nullopt;
    if (needs.confirm) return failed(PairOutcome::refused, "the account was not confirmed: nothing was stored");
    return failed(PairOutcome::wrong_input,
                  "nobody is here to confirm the account " + shown + ": name it by --expect-account");
}

/// A refresh token alone: the access token is fetched with it.
awaitable<std::optional<PairResult>> Work::fetch_access() {
    const OAuthNeeds oauth{needs.network, needs.realtime.net, needs.settings};
    auto& grant = *token.refresh;
    if (grant.token_url.empty()) {
        auto metadata = co_await discover(oauth);
        if (!metadata) {
            co_return failed(metadata.unreachable ? PairOutcome::unavailable : PairOutcome::refused,
                             "finding the token endpoint: " + metadata.problem);
        }
        grant.token_url = metadata.value->token_url;
        grant.revocation_url = metadata.value->revocation_url;
    }
    say("Fetching a token from " + grant.token_url + "…");
    credentials::Form form{{"grant_type", "refresh_token"},
                           {"refresh_token", std::string(grant.token.reveal())},
                           {"client_id", grant.client_id}};
    auto answer = co_await credentials::ask_token(oauth.network, oauth.net, grant.token_url, std::move(form));
    if (!answer.grant) {
        co_return failed(answer.status == 0 ? PairOutcome::unavailable : PairOutcome::refused,
                         "the refresh token was not taken: " + answer.description);
    }
    token.access_token = std::move(answer.grant->access_token);
    if (answer.grant->refresh_token) grant.token = std::move(*answer.grant->refresh_token);
    const auto claims = credentials::claims_of(token.access_token.reveal());
    if (claims) token.expires_at = claims->expires;
    if (claims) token.account = claims->email.empty() ? claims->subject : claims->email;
    if (!token.expires_at && answer.grant->expires_in) token.expires_at = wall_now() + *answer.grant->expires_in;
    co_return std::nullopt;
}

/// The user's token for one that belongs to the device and lasts.
awaitable<std::optional<PairResult>> Work::exchange_for_device() {
    if (needs.settings.device_token_url.empty() || token.kind == TokenKind::device) co_return std::nullopt;
    say("Exchanging the login for a token of this device…");
    const Secret key = token.api_key.empty() ? Secret(std::string_view(needs.api_key)) : token.api_key.clone();
    const RestAccess rest{needs.network, needs.realtime.net, needs.settings.device_token_url, key, token.access_token};
    auto given = co_await fetch_device_token(rest, device.uuid);
    if (!given.grant) co_return failed(PairOutcome::refused, "the device's token: " + given.problem);
    token.access_token = std::move(given.grant->access_token);
    token.refresh.reset();
    token.kind = TokenKind::device;
    token.expires_at.reset();
    const auto claims = credentials::claims_of(token.access_token.reveal());
    if (claims) token.expires_at = claims->expires;
    if (!token.expires_at && given.grant->expires_in) token.expires_at = wall_now() + *given.grant->expires_in;
    if (auto wrong = judge_life(token, wall_now(), request.ephemeral))
        co_return failed(PairOutcome::refused, wrong->what);
    co_return std::nullopt;
}

awaitable<std::optional<PairResult>> Work::settle_row() {
    const Secret key = token.api_key.empty() ? Secret(std::string_view(needs.api_key)) : token.api_key.clone();
    const RestAccess rest{needs.network, needs.realtime.net, needs.settings.rest_url, key, token.access_token};
    const Lookup found = co_await find_device(rest, device.uuid);
    // No `unpair` from before this moment counts; a second, since the header has no fractions.
    if (found.server_time) paired_at = *found.server_time + std::chrono::seconds(1);
    if (found.device) device.name = found.device->name;
    const bool rename = !request.device_name.empty() && request.device_name != device.name;
    if (!request.device_name.empty()) device.name = request.device_name;
    if (device.name.empty()) device.name = host_name();
    if (found.device && !rename) co_return std::nullopt;
    if (found.failure) {
        // The proof decides: REST may be closed to a token that may well join.
        if (known) say("The device's row could not be read (" + found.failure->what + "); the channel will tell.");
        if (known) co_return std::nullopt;
        const bool refused = found.failure->status == http_unauthorized || found.failure->status == http_forbidden;
        co_return failed(refused ? PairOutcome::refused : PairOutcome::unavailable,
                         "registering the device: " + found.failure->what + " (" + rest.url + ")");
    }
    if (known && !rename) co_return std::nullopt;
    say("Registering device " + device.uuid + " as " + platform::clean(device.name, name_bytes) + "…");
    const auto wished = device.name;
    const auto wrong = co_await register_device(rest, device);
    if (wrong && known) {
        say("The device keeps its name: " + wrong->what + ".");
        co_return std::nullopt;
    }
    if (wrong) {
        co_return failed(wrong->status == 0 ? PairOutcome::unavailable : PairOutcome::refused,
                         "registering the device: " + wrong->what);
    }
    if (device.name != wished)
        say("That name is taken: registered as " + platform::clean(device.name, name_bytes) + ".");
    co_return std::nullopt;
}

Credential Work::make() const {
    Credential credential;
    credential.device_uuid = device.uuid;
    credential.device_name = platform::clean(device.name, name_bytes);
    credential.access_token = token.access_token.clone();
    credential.api_key = token.api_key.empty() ? Secret(std::string_view(needs.api_key)) : token.api_key.clone();
    if (token.refresh) {
        const auto& from = *token.refresh;
        credential.refresh = credentials::RefreshGrant{from.token.clone(), from.client_id, from.token_url,
                                                       from.revocation_url, from.resource};
    }
    credential.expires_at = token.expires_at;
    credential.paired_at = paired_at;
    credential.account = token.account;
    return credential;
}

awaitable<std::optional<PairResult>> Work::prove_it() {
    say("Joining device:" + device.uuid + " at " + needs.realtime.url + " as a proof…");
    Credential credential = make();
    const Proof proof = co_await prove(needs.network, needs.realtime, std::move(credential), proof_limit);
    if (proof.how == Proven::joined) {
        if (!proof.warning.empty()) say("Joined, but: " + platform::clean(proof.warning));
        co_return std::nullopt;
    }
    const bool refused = proof.how == Proven::refused;
    co_return failed(
        refused ? PairOutcome::refused : PairOutcome::unavailable,
        "the proof: the channel of device " + device.uuid + " was not joined: " + platform::clean(proof.reason, 400));
}

std::optional<PairResult> Work::keep(const Credential& credential) {
    if (needs.store == nullptr) return std::nullopt;
    if (const Error ec = needs.store->save(credential)) {
        return failed(PairOutcome::not_stored, "the store: " + needs.store->explain(ec));
    }
    return std::nullopt;
}

}  // namespace

awaitable<PairResult> pair(PairNeeds needs, PairRequest request, TokenInput token) {
    Work work{std::move(needs), std::move(request), std::move(token)};
    // The store comes first: a login that could not be kept is none.
    auto problem = work.check_store();
    if (problem) co_return std::move(*problem);
    problem = co_await work.get_token();
    if (problem) co_return std::move(*problem);
    problem = work.choose_device();
    if (problem) co_return std::move(*problem);
    problem = co_await work.settle_row();
    if (problem) co_return std::move(*problem);
    problem = co_await work.exchange_for_device();
    if (problem) co_return std::move(*problem);
    if (work.request.prove) problem = co_await work.prove_it();
    if (problem) co_return std::move(*problem);
    Credential credential = work.make();
    problem = work.keep(credential);
    if (problem) co_return std::move(*problem);
    PairResult result;
    result.credential = std::move(credential);
    result.made_row = !work.known;
    co_return result;
}

}  // namespace pairing
