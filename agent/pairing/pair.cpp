#include "agent/pairing/pair.hpp"

#include <utility>

#include "agent/pairing/device_row.hpp"
#include "agent/pairing/pair_parts.hpp"
#include "agent/pairing/pair_store.hpp"
#include "agent/pairing/proof.hpp"
#include "agent/pairing/token_source.hpp"
#include "platform/text.hpp"

namespace pairing {
namespace {

using credentials::Credential;

Credential make_credential(const PairNeeds& needs, const TokenInput& token, const Device& device, bool logged_in) {
    Credential credential;
    credential.device_uuid = device.uuid;
    credential.device_name = platform::clean(device.name, name_bytes);
    credential.access_token = token.access_token.clone();
    credential.api_key = key_of(needs, token);
    if (token.refresh) {
        const auto& from = *token.refresh;
        credential.refresh = credentials::RefreshGrant{from.token.clone(), from.client_id, from.token_url,
                                                       from.revocation_url, from.resource};
    }
    credential.expires_at = token.expires_at;
    credential.account = token.account;
    credential.backend = needs.backend;
    // Who handed in a token has no login server here that could be another one later.
    if (!logged_in) credential.backend.issuer = credential.backend.resource = {};
    return credential;
}

awaitable<std::optional<PairResult>> prove_it(const PairNeeds& needs, Credential credential) {
    const auto device = credential.device_uuid;
    needs.person.say("Joining device:" + device + " at " + needs.realtime.url + " as a proof…");
    ProofProgress told = show_waiting(needs.person);
    const Proof proof =
        co_await prove(needs.network, needs.realtime, std::move(credential), proof_limit, std::move(told));
    needs.person.count_down({});
    if (proof.how == Proven::joined) {
        if (!proof.warning.empty()) needs.person.say("Joined, but: " + platform::clean(proof.warning));
        co_return std::nullopt;
    }
    co_return failed(outcome_of(proof.cause), "the proof: the channel of device " + device +
                                                  " was not joined: " + platform::clean(proof.reason, reason_bytes));
}

awaitable<PairResult> pair_with(PairStore& store, const PairNeeds& needs, const PairRequest& request,
                                TokenInput& token) {
    // The store comes first: a login that could not be kept is none.
    auto problem = co_await store.check();
    if (problem) co_return std::move(*problem);
    TokenSource source(needs, request, token);
    problem = co_await source.get();
    if (problem) co_return std::move(*problem);
    const auto earlier = co_await store.earlier();
    DeviceChoice choice = choose_device(request, token, earlier);
    if (!choice.problem.empty()) co_return failed(PairOutcome::wrong_input, std::move(choice.problem));
    DeviceRow row(needs, request, token, choice);
    problem = co_await row.settle();
    if (problem) co_return std::move(*problem);
    problem = co_await source.exchange_for_device(choice.device.uuid);
    if (problem) co_return std::move(*problem);
    Credential credential = make_credential(needs, token, choice.device, source.logged_in());
    credential.paired_at = row.paired_at();
    if (request.prove) {
        Credential proved = credential.clone();
        problem = co_await prove_it(needs, std::move(proved));
        if (problem) co_return std::move(*problem);
    }
    problem = co_await store.keep(credential);
    if (problem) co_return std::move(*problem);
    co_await row.show_key(credential, store.fingerprint());
    PairResult result;
    result.credential = std::move(credential);
    result.made_row = !choice.known;
    co_return result;
}

}  // namespace

awaitable<bool> ask(Person& person, std::string question) {
    if (!person.can_confirm()) co_return false;
    auto asking = person.confirm(std::move(question));
    const bool yes = co_await std::move(asking);
    co_return yes;
}

Secret key_of(const PairNeeds& needs, const TokenInput& token) {
    return token.api_key.empty() ? Secret(std::string_view(needs.api_key)) : token.api_key.clone();
}

awaitable<PairResult> pair(PairNeeds needs, PairRequest request, TokenInput token) {
    PairStore store(needs, request);
    auto pairing = pair_with(store, needs, request, token);
    auto result = co_await std::move(pairing);
    co_await store.give_room_back();
    co_return result;
}

}  // namespace pairing
