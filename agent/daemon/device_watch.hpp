// Follows what the backend keeps about this device beside its channel: its row (a new name, its removal) and its
// effective settings. Both are asked for again when a channel says that they changed, and once after each join, for
// words are lost while nobody listens. Nothing of it changes what the agent does: it is shown, logged and handed to
// hooks.
// Thread rule: the loop's thread. Lifetime: as long as the device is paired; all it is made with outlives it.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "agent/config/config.hpp"
#include "agent/credentials/store.hpp"
#include "agent/daemon/core/refetch.hpp"
#include "agent/daemon/device_facts.hpp"
#include "agent/realtime/status.hpp"
#include "agent/realtime/supervisor.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace credentials {
class Tokens;
}

namespace agent::daemon {

/// What the backend says has changed. Called on the loop.
class DeviceListener {
  public:
    /// JSON text of an object.
    virtual void on_settings(const std::string& settings) = 0;
    virtual void on_renamed(const std::string& name) = 0;
    /// The row was there and is not any more.
    virtual void on_removed() = 0;

  protected:
    ~DeviceListener() = default;
};

struct DeviceWatchNeeds {
    net::any_io_executor executor;
    platform::Worker& network;
    platform::Worker& files;
    const config::Config& config;
    const credentials::DeviceMemory& memory;
    std::string kept;             // what the memory has of it
    credentials::Tokens& tokens;  // holds a credential
    DeviceListener& listener;
};

class DeviceWatch {
  public:
    explicit DeviceWatch(DeviceWatchNeeds needs);
    DeviceWatch(const DeviceWatch&) = delete;
    DeviceWatch& operator=(const DeviceWatch&) = delete;

    /// Asks when it is time to, until it is cancelled.
    awaitable<void> run();

    /// Any broadcast of any channel: those that say that something of this device changed are noticed. True: it was of
    /// that kind, and nobody else need look at it.
    bool on_broadcast(const realtime::Broadcast& broadcast);
    void on_status(const realtime::Status& status);

    /// JSON text of the effective settings as fetched last, secrets hidden; empty: never fetched.
    std::string settings() const;
    /// A sentence about what is wrong with the device's row; empty: nothing.
    const std::string& trouble() const noexcept { return trouble_; }

  private:
    awaitable<void> ask_settings();
    awaitable<void> ask_row();
    awaitable<void> take_settings(std::string settings);
    awaitable<void> take_row(std::optional<std::string> name);
    void miss_row();
    bool still_paired() const;
    bool names_us(std::string_view payload) const;
    void failed(Refetch& which, std::string_view what, int status, const std::string& why);
    void forgive_refusals(TimePoint now);
    awaitable<void> keep();
    void on_channel(const realtime::ChannelStatus& channel);
    void schedule(Refetch& which, Duration spread);
    double random() { return std::uniform_real_distribution<double>{0, 1}(random_); }

    DeviceWatchNeeds needs_;
    std::string uuid_;
    DeviceFacts facts_;
    Refetch settings_{{}};
    Refetch row_{{}};
    std::uint64_t token_seen_;                     // its generation
    bool settings_refused_ = false;                // for the token's rights or expiry
    bool row_refused_ = false;                     // likewise
    bool was_joined_ = false;                      // the device channel
    std::map<std::string, bool> channels_joined_;  // by topic
    bool gone_ = false;                            // the row was there and is not any more
    std::string trouble_;
    std::string last_failure_;  // said once, not at each try
    platform::Timer timer_;
    std::mt19937_64 random_;
};

}  // namespace agent::daemon
