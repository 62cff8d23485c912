#include "agent/pairing/token_source.hpp"

#include "agent/credentials/key_kind.hpp"
#include "agent/credentials/store_files.hpp"
#include "agent/pairing/device.hpp"
#include "agent/pairing/login.hpp"
#include "agent/pairing/oauth_parts.hpp"
#include "agent/pairing/pair_parts.hpp"
#include "platform/clock.hpp"
#include "platform/text.hpp"

namespace pairing {

/// It need not last, or the backend gives another one for it that does.
bool TokenSource::takes_what_ends() const {
    return request_.ephemeral || !needs_.settings.device_token_url.empty();
}

awaitable<std::optional<PairResult>> TokenSource::get() {
    if (request_.login) {
        auto problem = co_await log_in_person();
        co_return problem;
    }
    needs_.person.say("This is " + describe(token_, platform::wall_now()) + ".");
    if (token_.access_token.empty()) {
        auto problem = co_await fetch_access();
        if (problem) co_return problem;
    }
    if (auto wrong = judge_life(token_, platform::wall_now(), takes_what_ends())) {
        co_return failed(PairOutcome::wrong_input, std::move(wrong->what));
    }
    if (request_.expect_account.empty()) co_return std::nullopt;
    auto problem = co_await confirm_account();
    co_return problem;
}

awaitable<std::optional<PairResult>> TokenSource::log_in_person() {
    const OAuthNeeds oauth{needs_.network, needs_.realtime.net, needs_.settings};
    LoginWishes wishes{needs_.person, needs_.files, {}};
    if (!request_.machine.empty()) wishes.machine = request_.machine;
    if (needs_.store != nullptr) wishes.client_file = needs_.store->folder() / credentials::files::client;
    auto login = co_await log_in(oauth, std::move(wishes));
    if (!login) {
        co_return failed(outcome_of(login.cause), std::move(login.problem));
    }
    auto& got = *login.value;
    logged_in_ = true;
    token_ = TokenInput{};
    token_.kind = TokenKind::user;
    token_.access_token = std::move(got.grant.access_token);
    token_.account = got.account;
    const auto claims = credentials::claims_of(token_.access_token.reveal());
    if (claims && claims->expires) token_.expires_at = claims->expires;
    if (!token_.expires_at && got.grant.expires_in) token_.expires_at = platform::wall_now() + *got.grant.expires_in;
    if (!got.refresh.token.empty()) token_.refresh = std::move(got.refresh);
    if (const auto wrong = credentials::wrong_as_token(token_.access_token.reveal())) {
        co_return failed(PairOutcome::refused, "the token that the login gave " + *wrong);
    }
    // Anybody who saw the address could have logged in with another account, and would own this machine.
    auto problem = co_await confirm_account();
    if (problem) co_return problem;
    if (auto wrong = judge_life(token_, platform::wall_now(), takes_what_ends())) {
        co_return failed(PairOutcome::refused, std::move(wrong->what));
    }
    co_return std::nullopt;
}

awaitable<std::optional<PairResult>> TokenSource::confirm_account() const {
    const auto shown = token_.account.empty() ? std::string("an account that does not say its name")
                                              : platform::clean(token_.account, name_bytes);
    if (!request_.expect_account.empty()) {
        if (token_.account == request_.expect_account) co_return std::nullopt;
        co_return failed(PairOutcome::refused,
                         "this is the account " + shown + ", not " + request_.expect_account + ": nothing was stored");
    }
    if (!needs_.person.can_confirm()) {
        co_return failed(PairOutcome::wrong_input,
                         "nobody is here to confirm the account " + shown + ": name it by --expect-account");
    }
    const std::string question =
        "Logged in as " + shown +
        (request_.controller ? ". Shall commands be sent as this account?" : ". Shall this account own this machine?");
    const bool confirmed = co_await ask(needs_.person, question);
    if (confirmed) co_return std::nullopt;
    co_return failed(PairOutcome::refused, "the account was not confirmed: nothing was stored");
}

/// A refresh token alone: the access token is fetched with it.
awaitable<std::optional<PairResult>> TokenSource::fetch_access() {
    const OAuthNeeds oauth{needs_.network, needs_.realtime.net, needs_.settings, speech_to(needs_.person)};
    auto& grant = *token_.refresh;
    if (grant.token_url.empty()) {
        auto metadata = co_await discover(oauth);
        if (!metadata) {
            co_return failed(outcome_of(metadata.cause), "finding the token endpoint: " + metadata.problem);
        }
        logged_in_ = true;
        grant.token_url = metadata.value->token_url;
        if (grant.revocation_url.empty()) grant.revocation_url = metadata.value->revocation_url;
    }
    needs_.person.say("Fetching a token from " + grant.token_url + "…");
    credentials::Form form{{"grant_type", "refresh_token"},
                           {"refresh_token", std::string(grant.token.reveal())},
                           {"client_id", grant.client_id}};
    auto answer = co_await ask_token_patiently(asking(oauth), grant.token_url, std::move(form));
    if (!answer.grant) {
        const auto wrong = no_token<Login>("the refresh token was not taken: ", answer);
        co_return failed(outcome_of(wrong.cause), wrong.problem);
    }
    token_.access_token = std::move(answer.grant->access_token);
    if (const auto wrong = credentials::wrong_as_token(token_.access_token.reveal())) {
        co_return failed(PairOutcome::refused, "the token that " + grant.token_url + " gave " + *wrong);
    }
    if (answer.grant->refresh_token) grant.token = std::move(*answer.grant->refresh_token);
    const auto claims = credentials::claims_of(token_.access_token.reveal());
    if (claims) token_.expires_at = claims->expires;
    if (claims) token_.account = claims->email.empty() ? claims->subject : claims->email;
    if (!token_.expires_at && answer.grant->expires_in)
        token_.expires_at = platform::wall_now() + *answer.grant->expires_in;
    co_return std::nullopt;
}

awaitable<std::optional<PairResult>> TokenSource::exchange_for_device(std::string device_uuid) {
    if (needs_.settings.device_token_url.empty() || token_.kind == TokenKind::device) co_return std::nullopt;
    needs_.person.say("Exchanging the login for a token of this device…");
    const Secret key = key_of(needs_, token_);
    const RestAccess rest{
        needs_.network, needs_.realtime.net,     needs_.settings.device_token_url, key, token_.access_token,
        true,           speech_to(needs_.person)};
    auto given = co_await fetch_device_token(rest, std::move(device_uuid));
    if (!given.grant) co_return failed(outcome_of(given.cause), "the device's token: " + given.problem);
    token_.access_token = std::move(given.grant->access_token);
    token_.refresh.reset();
    if (const auto wrong = credentials::wrong_as_token(token_.access_token.reveal())) {
        co_return failed(PairOutcome::refused, "the device's token " + *wrong);
    }
    token_.kind = TokenKind::device;
    token_.expires_at.reset();
    const auto claims = credentials::claims_of(token_.access_token.reveal());
    if (claims) token_.expires_at = claims->expires;
    if (!token_.expires_at && given.grant->expires_in)
        token_.expires_at = platform::wall_now() + *given.grant->expires_in;
    if (auto wrong = judge_life(token_, platform::wall_now(), request_.ephemeral))
        co_return failed(PairOutcome::refused, wrong->what);
    co_return std::nullopt;
}

}  // namespace pairing
