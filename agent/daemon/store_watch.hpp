// While a stored credential is served: another process may pair, rotate or wipe, and the agent follows.
// Thread rule: the loop's thread. Lifetime: the process's; all it is made with outlives it.
#pragma once

#include "agent/credentials/store.hpp"
#include "agent/credentials/tokens.hpp"
#include "agent/daemon/gate.hpp"
#include "agent/daemon/leaver.hpp"
#include "agent/hooks/hooks.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace agent::daemon {

class StoreWatch {
  public:
    StoreWatch(platform::Worker& files, credentials::Store& store, credentials::Tokens& tokens, hooks::Hooks& hooks,
               Gate& gate, const LinkState& state, Leaver& leaver) noexcept
        : files_{files}, store_{store}, tokens_{tokens}, hooks_{hooks}, gate_{gate}, state_{state}, leaver_{leaver} {}

    /// Follows each change of the store. Returns on cancellation alone.
    awaitable<void> run();

    /// Uses the credential that is stored now, or leaves the one in use.
    awaitable<void> follow();

  private:
    bool serves_stored() const;
    awaitable<void> follow_pairing_of_this_device(credentials::Credential stored);

    platform::Worker& files_;
    credentials::Store& store_;
    credentials::Tokens& tokens_;
    hooks::Hooks& hooks_;
    Gate& gate_;
    const LinkState& state_;
    Leaver& leaver_;
};

}  // namespace agent::daemon
