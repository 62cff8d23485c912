// Pairing from a token to a stored credential: which device, its row, the proof, the store. Each step says what it
// does.
#pragma once

#include <optional>
#include <string>

#include "agent/credentials/store.hpp"
#include "agent/credentials/tokens.hpp"
#include "agent/pairing/person.hpp"
#include "agent/pairing/settings.hpp"
#include "agent/pairing/token_input.hpp"
#include "agent/realtime/core/failure.hpp"
#include "agent/realtime/settings.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace pairing {

/// What the caller of `agent --pair` asked for.
struct PairRequest {
    std::string device_uuid;  // empty: the token's, else the one paired before, else a new one
    std::string device_name;  // empty: the one at the backend, else this machine's
    bool force = false;       // over an existing pairing without asking
    bool ephemeral = false;   // a token that does not last is taken
    bool rotate = false;      // keeps the device, and the old credential until the new one has joined
    std::optional<std::chrono::seconds> renew_before;  // a credential that ends sooner is replaced, and no other
    bool login = false;                                // a person logs in; else a token was handed in
    bool prove = true;                                 // join once; off where the agent itself joins next
    std::string expect_account;                        // any other is refused; empty: the person is asked
    bool controller = false;                           // the login is to send commands, and pairs nothing
    std::string machine;                               // what ssh calls this machine; empty: unknown
};

/// What pairing works with; all of it outlives the call.
struct PairNeeds {
    platform::Worker& network;
    platform::Worker& files;              // ends before the store does
    credentials::Store* store = nullptr;  // null: nothing is stored
    const Settings& settings;
    const realtime::Settings& realtime;
    std::string api_key;  // the configured one; a token's own wins
    credentials::Backend
        backend;     // what the addresses in `settings` and `realtime` belong to: kept with the credential
    Person& person;  // hears what is being done, and is asked
};

enum class PairOutcome : std::uint8_t {
    paired,
    refused,        // the backend does not take it, or the owner said no
    unavailable,    // the backend could not be reached: again later
    wrong_input,    // the token or the arguments
    not_stored,     // the store
    misconfigured,  // a setting: an address, a proxy, certificate files
};
/// How a pairing ends that met a failure of that cause.
constexpr PairOutcome outcome_of(realtime::Cause cause) noexcept {
    if (cause == realtime::Cause::credential) return PairOutcome::refused;
    return cause == realtime::Cause::settings ? PairOutcome::misconfigured : PairOutcome::unavailable;
}

struct PairResult {
    PairOutcome outcome = PairOutcome::paired;
    std::string problem;                                // step, cause and remedy; empty when paired
    std::optional<credentials::Credential> credential;  // when paired
    bool made_row = false;                              // the device was registered by this pairing
};

/// With a token that was handed in (`token`), or by a login (`request.login`; `token` is ignored).
awaitable<PairResult> pair(PairNeeds needs, PairRequest request, TokenInput token);

}  // namespace pairing
