// The device's life, from a credential to its end: the links and the router between them, what is watched meanwhile,
// and what happens when the links tell of something. Thread rule: the loop's thread. Lifetime: the process's; all it is
// made with outlives it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/config/config.hpp"
#include "agent/credentials/store.hpp"
#include "agent/credentials/tokens.hpp"
#include "agent/daemon/absence.hpp"
#include "agent/daemon/channel_events.hpp"
#include "agent/daemon/device_watch.hpp"
#include "agent/daemon/gate.hpp"
#include "agent/daemon/health_listener.hpp"
#include "agent/daemon/leaver.hpp"
#include "agent/daemon/link_state.hpp"
#include "agent/daemon/links.hpp"
#include "agent/daemon/pausing.hpp"
#include "agent/daemon/store_watch.hpp"
#include "agent/daemon/unpairing.hpp"
#include "agent/hooks/hooks.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace agent::daemon {

struct DeviceLifeNeeds {
    net::any_io_executor executor;
    platform::Worker& network;
    platform::Worker& files;
    const config::Config& config;
    credentials::Store& store;
    credentials::Tokens& tokens;
    hooks::Hooks& hooks;
    LinkState& state;
    const Pausing& pausing;
    Gate& gate;
    HealthListener& health;
};

class DeviceLife final : public Leaver, private LinksListener, private DeviceListener {
  public:
    explicit DeviceLife(DeviceLifeNeeds needs);
    DeviceLife(const DeviceLife&) = delete;
    DeviceLife& operator=(const DeviceLife&) = delete;

    /// Serves with the credential that the tokens hold, until it is left, replaced or wiped.
    awaitable<void> run();

    bool serving() const override { return links_ != nullptr; }
    void leave(std::string reason) override;

    /// The agent stops: what is in flight may get its result within `grace`.
    void wind_down(std::string reason, Duration grace);

    /// A person takes the machine, or gives it back.
    void apply_pause();
    /// Who may drive the machine has changed.
    void apply_trust();

    Unpairing& unpairing() noexcept { return unpairing_; }
    const ChannelEvents& events() const noexcept { return events_; }
    /// Null while nothing is served.
    Links* links() const noexcept { return links_.get(); }
    const DeviceWatch* watch() const noexcept { return watch_.get(); }

  private:
    void on_unpair() override { unpairing_.unpair_from_channel(); }
    void on_other(const realtime::Broadcast& broadcast) override;
    void on_link_status(const realtime::Status& status) override;
    void on_link_health() override { needs_.health.on_health(); }
    void on_settings(const std::string& settings) override;
    void on_renamed(const std::string& name) override { links_->rename(name); }
    void on_removed() override { needs_.hooks.fire_if_set(hooks::HookEvent::device_removed); }
    /// What is kept of the device besides its credential, as it was when this life began.
    struct Recalled {
        std::optional<credentials::LastJoin> last;
        std::string facts;
        Error spool;                              // what keeps the spool folder from being used
        Result<platform::KeyPair> key = Error{};  // the device's
    };
    bool wanted() const;
    awaitable<bool> begin();
    awaitable<Recalled> recall();
    void make_links(Recalled kept);
    awaitable<void> end();

    DeviceLifeNeeds needs_;
    Unpairing unpairing_;
    Absence absence_;
    StoreWatch store_watch_;
    ChannelEvents events_;
    std::unique_ptr<Links> links_;
    std::unique_ptr<DeviceWatch> watch_;
};

}  // namespace agent::daemon
