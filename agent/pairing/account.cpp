#include "agent/pairing/account.hpp"

#include <utility>

#include "agent/pairing/pair_parts.hpp"
#include "agent/pairing/pair_store.hpp"
#include "agent/pairing/token_source.hpp"
#include "platform/clock.hpp"

namespace pairing {

namespace {

awaitable<PairResult> log_in_with(PairStore& store, const PairNeeds& needs, const PairRequest& request) {
    auto problem = co_await store.check();
    if (problem) co_return std::move(*problem);
    TokenInput token;
    TokenSource source(needs, request, token);
    problem = co_await source.get();
    if (problem) co_return std::move(*problem);
    credentials::Credential credential;
    credential.device_uuid = credentials::make_uuid();  // the store wants one; no device has it
    credential.device_name = token.account;
    credential.api_key = key_of(needs, token);
    credential.access_token = std::move(token.access_token);
    credential.refresh = std::move(token.refresh);
    credential.expires_at = token.expires_at;
    credential.account = token.account;
    credential.backend = needs.backend;
    credential.paired_at = platform::wall_now();
    problem = co_await store.keep(credential);
    if (problem) co_return std::move(*problem);
    PairResult result;
    result.credential = std::move(credential);
    co_return result;
}

}  // namespace

awaitable<PairResult> log_in_account(PairNeeds needs, PairRequest request) {
    request.login = request.controller = true;
    request.ephemeral = true;  // a token that does not last is taken: who has logged in can do so again
    request.force = true;      // another login replaces the one before
    PairStore store(needs, request);
    auto logging_in = log_in_with(store, needs, request);
    auto result = co_await std::move(logging_in);
    co_await store.give_room_back();
    co_return result;
}

}  // namespace pairing
