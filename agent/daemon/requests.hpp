// What may be asked of the running agent: over the control socket by people and tools, over the scrapers' port.
// Thread rule: the loop's thread. Lifetime: the process's; all it is made with outlives it.
#pragma once

#include <optional>
#include <string>

#include "agent/config/config.hpp"
#include "agent/control/control.hpp"
#include "agent/control/scrape.hpp"
#include "agent/credentials/store.hpp"
#include "agent/daemon/link_state.hpp"
#include "agent/daemon/pausing.hpp"
#include "agent/daemon/reload.hpp"
#include "agent/daemon/reporter.hpp"
#include "agent/daemon/unpairing.hpp"
#include "agent/pairing/remote_pairing.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace agent::daemon {

struct RequestsNeeds {
    net::any_io_executor executor;
    platform::Worker& network;
    platform::Worker& files;
    config::Config& config;  // a reload changes it
    credentials::Store& store;
    credentials::Tokens& tokens;
    LinkState& state;
    const Reporter& reporter;
    Unpairing& unpairing;
    Pausing& pausing;
    ReloadListener& reloads;
};

class Requests final : private control::ControlActions {
  public:
    /// `input` is what the configuration was read from.
    Requests(RequestsNeeds needs, config::ConfigInput input);
    Requests(const Requests&) = delete;
    Requests& operator=(const Requests&) = delete;

    /// Makes the socket, and takes the port. The agent's lock is kept until the socket is gone, and signed with its
    /// place. False: others may write where the socket is to be, who would be spoken to in our place. Any other trouble
    /// is in the log, and the agent goes on without.
    bool open(credentials::Lock lock);
    /// Answers until end().
    awaitable<void> run();
    void end();
    /// The agent stops: a pairing that is under way ends.
    void cancel_pairing() { pairing_.cancel(); }

    awaitable<control::Answer> reload() override { return reload_.run(); }

  private:
    std::string status() override { return needs_.reporter.status(); }
    std::string metrics() override { return needs_.reporter.metrics(); }
    awaitable<control::Answer> unpair(bool delete_device) override;
    awaitable<control::Answer> pause(std::optional<std::chrono::seconds> time) override {
        return needs_.pausing.pause(time);
    }
    awaitable<control::Answer> resume() override { return needs_.pausing.resume(); }
    std::string log() override;
    awaitable<platform::ServerReply> on_pairing(platform::ServerRequest request) override;
    std::string judge(const std::string& method, const std::string& params) override;
    void on_moved(const std::filesystem::path& socket) override;
    awaitable<void> serve_socket();
    void open_port();

    RequestsNeeds needs_;
    Reload reload_;
    pairing::RemotePairing pairing_;
    std::optional<credentials::Lock> lock_;  // held before the socket is made, and until it is gone
    control::Control control_;
    control::Scrape scrape_;
    bool socket_open_ = false;
    bool port_open_ = false;
};

}  // namespace agent::daemon
