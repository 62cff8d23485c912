// While a stored credential is served: another process may pair, rotate or wipe, and the agent follows.
// Thread rule: the loop's thread. Lifetime: the process's; all it is made with outlives it.
#pragma once

#include "agent/credentials/refresh.hpp"
#include "agent/credentials/store.hpp"
#include "agent/daemon/gate.hpp"
#include "agent/daemon/leaver.hpp"
#include "agent/hooks/hooks.hpp"
#include "platform/net.hpp"

namespace agent::daemon {

class StoreWatch {
  public:
    StoreWatch(credentials::Store& store, credentials::Tokens& tokens, hooks::Hooks& hooks, Gate& gate,
               const LinkState& state, Leaver& leaver) noexcept
        : store_{store}, tokens_{tokens}, hooks_{hooks}, gate_{gate}, state_{state}, leaver_{leaver} {}

    /// Follows each change of the store. Returns on cancellation alone.
    awaitable<void> run();

    /// Uses the credential that is stored now, or leaves the one in use.
    void follow();

  private:
    void follow_pairing_of_this_device(credentials::Credential stored);

    credentials::Store& store_;
    credentials::Tokens& tokens_;
    hooks::Hooks& hooks_;
    Gate& gate_;
    const LinkState& state_;
    Leaver& leaver_;
};

}  // namespace agent::daemon
