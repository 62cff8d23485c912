// What time does to a pairing: a token that runs out is spoken of beforehand, and a credential that was not used for
// longer than its owner allows is wiped, before the machine says another word to the backend.
// Thread rule: the loop's thread. Lifetime: the process's; all it is made with outlives it.
#pragma once

#include <optional>

#include "agent/config/config.hpp"
#include "agent/credentials/device_memory.hpp"
#include "agent/credentials/tokens.hpp"
#include "agent/daemon/core/absence.hpp"
#include "agent/daemon/link_state.hpp"
#include "agent/daemon/unpairing.hpp"
#include "platform/net.hpp"

namespace agent::daemon {

class Absence {
  public:
    Absence(const config::Config& config, credentials::Tokens& tokens, const LinkState& state,
            Unpairing& unpairing) noexcept
        : config_{config}, tokens_{tokens}, state_{state}, unpairing_{unpairing} {}

    /// Before anything is sent with a credential: a machine that lay in a cupboard is not to come back by itself.
    /// `last`: what earlier runs knew. False: the credential was wiped.
    bool begin(const std::optional<credentials::LastJoin>& last);

    /// The same while the credential is served, and the notices about a token that runs out. Returns on cancellation
    /// alone.
    awaitable<void> run();

  private:
    SignsOfLife signs() const;
    bool wipe_when_too_long();

    const config::Config& config_;
    credentials::Tokens& tokens_;
    const LinkState& state_;
    Unpairing& unpairing_;
    credentials::WallTime last_here_{};  // joined last, as far as is known
};

}  // namespace agent::daemon
