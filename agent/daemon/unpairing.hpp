// Unpairing, all of the contract's section 8: the wipe, the end of the links, what is left at the server. For all who
// may ask: the channel, the control socket, an absence that was too long. Thread rule: the loop's thread. Lifetime: the
// process's; all it is made with outlives it.
#pragma once

#include <optional>

#include "agent/config/config.hpp"
#include "agent/control/control.hpp"
#include "agent/credentials/store.hpp"
#include "agent/credentials/tokens.hpp"
#include "agent/daemon/leaver.hpp"
#include "agent/daemon/link_state.hpp"
#include "agent/hooks/hooks.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace agent::daemon {

struct UnpairingNeeds {
    net::any_io_executor executor;
    platform::Worker& network;
    platform::Worker& files;
    const config::Config& config;
    credentials::Store& store;
    credentials::Tokens& tokens;
    hooks::Hooks& hooks;
    LinkState& state;
    Leaver& leaver;
};

class Unpairing {
  public:
    explicit Unpairing(UnpairingNeeds needs) : needs_{std::move(needs)} {}
    Unpairing(const Unpairing&) = delete;
    Unpairing& operator=(const Unpairing&) = delete;

    /// The contract's order: wiped first, then nothing is relayed, then all is left. Without a credential nothing
    /// happens.
    void unpair();

    /// `unpair` of the channel: the token at the server is withdrawn meanwhile. Nobody waits for the answer, so it
    /// goes to the log.
    void unpair_from_channel();

    /// For a person who waits for the answer. `delete_device`: its row at the backend goes too.
    awaitable<control::Answer> unpair_on_request(bool delete_device);

    /// The links are down: what the wipe still owes is done, then its marker goes.
    void finish(credentials::WipeEnd how);

    /// Before a credential is served: what another device's pairing left, and the run before of one that is kept
    /// nowhere, is not for this one. `last`: what earlier runs knew.
    awaitable<void> begin_without_traces(const std::optional<credentials::LastJoin>& last);
    /// After it was served: one that is kept nowhere leaves nothing.
    void end_without_traces();

  private:
    void finish_behind_what_is_stored(credentials::WipeEnd how);
    bool ephemeral() const;
    bool store_is_empty();
    awaitable<control::Answer> withdraw(credentials::Credential gone, bool delete_device);
    awaitable<void> withdraw_unasked();

    UnpairingNeeds needs_;
    std::optional<credentials::Credential> withdrawn_;  // wiped here, and the server does not know it yet
};

}  // namespace agent::daemon
