#include "agent/credentials/key_kind.hpp"
#include "agent/credentials/store_files.hpp"
#include "agent/pairing/login.hpp"
#include "agent/pairing/oauth_parts.hpp"
#include "agent/pairing/pair_work.hpp"
#include "platform/text.hpp"

namespace pairing {

awaitable<std::optional<PairResult>> Work::get_token() {
    if (request.login) {
        auto problem = co_await log_in_person();
        co_return problem;
    }
    say("This is " + describe(token, platform::wall_now()) + ".");
    if (token.access_token.empty()) {
        auto problem = co_await fetch_access();
        if (problem) co_return problem;
    }
    const bool lasting = !request.ephemeral && needs.settings.device_token_url.empty();
    if (auto wrong = judge_life(token, platform::wall_now(), !lasting)) {
        co_return failed(PairOutcome::wrong_input, std::move(wrong->what));
    }
    if (request.expect_account.empty()) co_return std::nullopt;
    auto problem = co_await confirm_account();
    co_return problem;
}

awaitable<std::optional<PairResult>> Work::log_in_person() {
    const OAuthNeeds oauth{needs.network, needs.realtime.net, needs.settings};
    LoginWishes wishes{needs.person, {}};
    if (!request.machine.empty()) wishes.machine = request.machine;
    if (needs.store != nullptr) wishes.client_file = needs.store->folder() / credentials::files::client;
    auto login = co_await log_in(oauth, std::move(wishes));
    if (!login) {
        co_return failed(outcome_of(login.cause), std::move(login.problem));
    }
    auto& got = *login.value;
    logged_in = true;
    token = TokenInput{};
    token.kind = TokenKind::user;
    token.access_token = std::move(got.grant.access_token);
    token.account = got.account;
    const auto claims = credentials::claims_of(token.access_token.reveal());
    if (claims && claims->expires) token.expires_at = claims->expires;
    if (!token.expires_at && got.grant.expires_in) token.expires_at = platform::wall_now() + *got.grant.expires_in;
    if (!got.refresh.token.empty()) token.refresh = std::move(got.refresh);
    if (const auto wrong = credentials::wrong_as_token(token.access_token.reveal())) {
        co_return failed(PairOutcome::refused, "the token that the login gave " + *wrong);
    }
    // Whoever saw the address could have logged in with an account of his own, and would own this machine.
    auto problem = co_await confirm_account();
    if (problem) co_return problem;
    const bool lasting = !request.ephemeral && needs.settings.device_token_url.empty();
    if (auto wrong = judge_life(token, platform::wall_now(), !lasting)) {
        co_return failed(PairOutcome::refused, std::move(wrong->what));
    }
    co_return std::nullopt;
}

awaitable<std::optional<PairResult>> Work::confirm_account() const {
    const auto shown = token.account.empty() ? std::string("an account that does not say its name")
                                             : platform::clean(token.account, name_bytes);
    if (!request.expect_account.empty()) {
        if (token.account == request.expect_account) co_return std::nullopt;
        co_return failed(PairOutcome::refused,
                         "this is the account " + shown + ", not " + request.expect_account + ": nothing was stored");
    }
    if (!needs.person.confirm) {
        co_return failed(PairOutcome::wrong_input,
                         "nobody is here to confirm the account " + shown + ": name it by --expect-account");
    }
    const bool confirmed = co_await ask("Logged in as " + shown + ". Shall this account own this machine?");
    if (confirmed) co_return std::nullopt;
    co_return failed(PairOutcome::refused, "the account was not confirmed: nothing was stored");
}

/// A refresh token alone: the access token is fetched with it.
awaitable<std::optional<PairResult>> Work::fetch_access() {
    const OAuthNeeds oauth{needs.network, needs.realtime.net, needs.settings, needs.person.say};
    auto& grant = *token.refresh;
    if (grant.token_url.empty()) {
        auto metadata = co_await discover(oauth);
        if (!metadata) {
            co_return failed(outcome_of(metadata.cause), "finding the token endpoint: " + metadata.problem);
        }
        logged_in = true;
        grant.token_url = metadata.value->token_url;
        if (grant.revocation_url.empty()) grant.revocation_url = metadata.value->revocation_url;
    }
    say("Fetching a token from " + grant.token_url + "…");
    credentials::Form form{{"grant_type", "refresh_token"},
                           {"refresh_token", std::string(grant.token.reveal())},
                           {"client_id", grant.client_id}};
    auto answer = co_await ask_token_patiently(asking(oauth), grant.token_url, std::move(form));
    if (!answer.grant) {
        const auto wrong = no_token<Login>("the refresh token was not taken: ", answer);
        co_return failed(outcome_of(wrong.cause), wrong.problem);
    }
    token.access_token = std::move(answer.grant->access_token);
    if (const auto wrong = credentials::wrong_as_token(token.access_token.reveal())) {
        co_return failed(PairOutcome::refused, "the token that " + grant.token_url + " gave " + *wrong);
    }
    if (answer.grant->refresh_token) grant.token = std::move(*answer.grant->refresh_token);
    const auto claims = credentials::claims_of(token.access_token.reveal());
    if (claims) token.expires_at = claims->expires;
    if (claims) token.account = claims->email.empty() ? claims->subject : claims->email;
    if (!token.expires_at && answer.grant->expires_in)
        token.expires_at = platform::wall_now() + *answer.grant->expires_in;
    co_return std::nullopt;
}

/// The user's token for one that belongs to the device and lasts.
awaitable<std::optional<PairResult>> Work::exchange_for_device() {
    if (needs.settings.device_token_url.empty() || token.kind == TokenKind::device) co_return std::nullopt;
    say("Exchanging the login for a token of this device…");
    const Secret key = token.api_key.empty() ? Secret(std::string_view(needs.api_key)) : token.api_key.clone();
    const RestAccess rest{needs.network, needs.realtime.net, needs.settings.device_token_url, key, token.access_token,
                          true,          needs.person.say};
    auto given = co_await fetch_device_token(rest, device.uuid);
    if (!given.grant) co_return failed(outcome_of(given.cause), "the device's token: " + given.problem);
    token.access_token = std::move(given.grant->access_token);
    token.refresh.reset();
    if (const auto wrong = credentials::wrong_as_token(token.access_token.reveal())) {
        co_return failed(PairOutcome::refused, "the device's token " + *wrong);
    }
    token.kind = TokenKind::device;
    token.expires_at.reset();
    const auto claims = credentials::claims_of(token.access_token.reveal());
    if (claims) token.expires_at = claims->expires;
    if (!token.expires_at && given.grant->expires_in)
        token.expires_at = platform::wall_now() + *given.grant->expires_in;
    if (auto wrong = judge_life(token, platform::wall_now(), request.ephemeral))
        co_return failed(PairOutcome::refused, wrong->what);
    co_return std::nullopt;
}

}  // namespace pairing
