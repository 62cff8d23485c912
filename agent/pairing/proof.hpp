// The proof of a credential: the device's channel is joined once with it, then left.
#pragma once

#include <string>

#include "agent/credentials/credential.hpp"
#include "agent/realtime/settings.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace pairing {

/// How long a proof may take: the server's own limits for a cold database add up to less.
inline constexpr std::chrono::seconds proof_limit{75};

enum class Proven : std::uint8_t {
    joined,       // the channel was joined
    refused,      // the backend does not take this credential for this device: trying again is of no use
    unreachable,  // it could not be asked, or is in trouble: try again later
};

struct Proof {
    Proven how = Proven::unreachable;
    std::string reason;   // a sentence with the remedy; empty when joined
    std::string warning;  // joined, and yet something is wrong; else empty
};

/// `settings` are those of the running agent; identity and token are the credential's.
awaitable<Proof> prove(platform::Worker& network, realtime::Settings settings, credentials::Credential credential,
                       Duration limit);

}  // namespace pairing
