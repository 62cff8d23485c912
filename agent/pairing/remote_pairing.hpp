// Pairing asked for over the control socket: the person is at its other end, all else is in the running agent.
// Thread rule: the loop's thread. Lifetime: the process's; all it is made with outlives it.
#pragma once

#include <optional>
#include <string>

#include "agent/config/config.hpp"
#include "agent/credentials/store.hpp"
#include "agent/credentials/tokens.hpp"
#include "agent/pairing/joining_agent.hpp"
#include "agent/pairing/remote_terminal.hpp"
#include "agent/pairing/token_input.hpp"
#include "platform/http/server.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace pairing {

struct RemotePairingNeeds {
    net::any_io_executor executor;
    platform::Worker& network;
    platform::Worker& files;
    const config::Config& config;
    credentials::Store& store;
    credentials::Tokens& tokens;
    JoiningAgent& agent;
};

class RemotePairing {
  public:
    explicit RemotePairing(RemotePairingNeeds needs) : needs_{std::move(needs)}, terminal_{needs_.executor} {}
    RemotePairing(const RemotePairing&) = delete;
    RemotePairing& operator=(const RemotePairing&) = delete;

    /// Every request below /pair.
    awaitable<platform::ServerReply> on_request(platform::ServerRequest request);
    /// The agent stops: a pairing that is under way ends.
    void cancel() { terminal_.cancel(); }

  private:
    awaitable<platform::ServerReply> pair_on_request(platform::ServerRequest request);
    awaitable<RemoteResult> pair(RemoteRequest request);
    awaitable<RemoteResult> pair_by_terminal(RemoteRequest request, const config::Config& in_force, TokenInput token);
    awaitable<RemoteResult> look_at_pairing(std::optional<std::chrono::seconds> renew_before, std::string& renewal);
    awaitable<RemoteResult> wait_joined(RemoteResult result, credentials::Credential credential);
    bool in_use(const credentials::Credential& credential) const;
    awaitable<std::optional<RemoteResult>> why_not_paired(const RemoteRequest& request, config::Config& in_force);
    awaitable<std::optional<RemoteResult>> take_handed(const RemoteRequest& request, const config::Config& in_force,
                                                       TokenInput& token);
    awaitable<bool> is_refused(credentials::Secret token);

    RemotePairingNeeds needs_;
    RemoteTerminal terminal_;
};

}  // namespace pairing
