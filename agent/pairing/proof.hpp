// The proof of a credential: the device's channel is joined once with it, then left.
#pragma once

#include <functional>
#include <string>

#include "agent/credentials/credential.hpp"
#include "agent/credentials/store.hpp"
#include "agent/pairing/person.hpp"
#include "agent/realtime/core/failure.hpp"
#include "agent/realtime/settings.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace pairing {

/// How long a proof may take: the server's own limits for a cold database add up to less.
inline constexpr std::chrono::seconds proof_limit{75};

enum class Proven : std::uint8_t {
    joined,       // the channel was joined
    refused,      // for a cause that does not pass: trying again is of no use
    unreachable,  // it could not be asked, or is in trouble: try again later
};

struct Proof {
    Proven how = Proven::unreachable;
    std::string reason;                                // a sentence with the remedy; empty when joined
    std::string warning;                               // joined, and yet something is wrong; else empty
    realtime::Cause cause = realtime::Cause::passing;  // who ends what kept it from joining
};

/// Why it is not joined yet (empty: it is under way), and how long it is still tried: with each change, and each
/// second.
using ProofProgress = std::function<void(const std::string& reason, std::chrono::seconds left)>;

/// Of the reason why a channel is not joined, in what people read.
inline constexpr std::size_t reason_bytes = 600;

/// Says to the person what is waited for, and how long still. The person outlives what is returned.
ProofProgress show_waiting(Person& person);

/// `settings` are those of the running agent; identity and token are the credential's. What only somebody can mend ends
/// it at once.
awaitable<Proof> prove(platform::Worker& network, realtime::Settings settings, credentials::Credential credential,
                       Duration limit, ProofProgress told = {});

/// The same of the credential that is stored: its token is refreshed (and kept) where it has run out.
awaitable<Proof> prove_stored(platform::Worker& network, realtime::Settings settings, credentials::Store& store,
                              credentials::Credential credential, Duration limit);

}  // namespace pairing
