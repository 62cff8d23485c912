// What is left at the server once the credential was wiped here: the token to revoke, and on request the device's row.
#pragma once

#include <optional>
#include <string>

#include "agent/config/config.hpp"
#include "agent/credentials/credential.hpp"
#include "agent/credentials/store.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace pairing {

/// The revocation is the only traffic at the gate, for at most this long (contract, "unpair", step 4).
inline constexpr std::chrono::seconds withdrawal_limit{10};

struct Withdrawal {
    std::string text;       // what was done, and what is to be done by hand; a sentence or more
    bool confirmed = true;  // nothing is left to be done by hand
};

/// What lay in the store and was in nobody's use: the credential of another machine or of a missing key, the token of a
/// pairing that was killed. It is wiped.
struct Unused {
    std::optional<credentials::Credential> credential = {};  // where it could be read: it can be revoked
    std::string text;
    bool failed = false;  // something could not be wiped: `text` says what
};
/// Nothing: there is none.
std::optional<Unused> unpair_unused(credentials::Store& store);

/// Goes on for withdrawal_limit at most. `network` and `config` outlive it.
awaitable<Withdrawal> withdraw(platform::Worker& network, const config::Config& config, credentials::Credential gone,
                               bool delete_device);

}  // namespace pairing
