// All that exists while the device is paired: the cloud link, the browser link and the router between them.
// Thread rule: the loop's thread. Lifetime: made when a credential is there, destroyed after run() returned.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/realtime/settings.hpp"
#include "agent/realtime/status.hpp"
#include "agent/realtime/supervisor.hpp"
#include "agent/relay/core/refused_pages.hpp"
#include "agent/relay/pause.hpp"
#include "agent/relay/result_sink.hpp"
#include "agent/relay/router.hpp"
#include "cdp/browser.hpp"
#include "cdp/settings.hpp"
#include "platform/core/time_point.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace credentials {
class DeviceMemory;
class Tokens;
}  // namespace credentials
namespace config {
struct Config;
}  // namespace config

namespace agent::daemon {

/// What happens on the links. Called on the loop.
class LinksListener {
  public:
    /// `unpair` came over the channel, live or stored.
    virtual void on_unpair() = 0;
    /// Any other event of the device channel or of another channel.
    virtual void on_other(const realtime::Broadcast& broadcast) = 0;
    /// The cloud link's state, its reason or the time of its next try changed.
    virtual void on_link_status(const realtime::Status& status) = 0;
    /// Something besides the cloud link changed that health depends on: the browser, the audit trail, the spool.
    virtual void on_link_health() = 0;

  protected:
    ~LinksListener() = default;
};

/// What Links works with; all of it outlives it.
struct LinksNeeds {
    net::any_io_executor executor;
    platform::Worker& network;
    platform::Worker& files;
    const config::Config& config;
    const credentials::DeviceMemory& memory;
    Error spool;                  // what keeps the spool folder from being used
    platform::KeyPair key;        // the device's, for sealed clients
    credentials::Tokens& tokens;  // holds a credential
    LinksListener& listener;
};

class Links final : private realtime::Listener, private relay::ResultSink, private relay::RouterListener {
  public:
    explicit Links(LinksNeeds needs);
    Links(const Links&) = delete;
    Links& operator=(const Links&) = delete;

    /// Serves until stop(); returns when the socket is closed and the browser is down.
    awaitable<Error> run();

    /// Orderly: commands in flight are answered `stopping` with `reason`, delivered within `grace`, then all is left.
    /// `leave` says what becomes of a browser that a browser host runs. The credential is not needed for it any more.
    void stop(std::string reason, Duration grace, cdp::Browser::Leave leave);

    /// The same, with time to finish: what is in flight may still get its result, but for the last part of `grace`.
    void wind_down(std::string reason, Duration grace, cdp::Browser::Leave leave);

    /// While a person has the machine: what runs is finished, new commands get `busy`, presence is untracked.
    void set_pause(std::optional<relay::Pause> pause);

    /// The device has another name: told to those who ask the agent for it.
    void rename(const std::string& name);

    /// Who may drive the machine has changed.
    void set_trust(const relay::TrustSettings& trust) { router_.set_trust(trust); }

    /// Of the device's key, as OpenSSH shows it.
    const std::string& fingerprint() const noexcept { return fingerprint_; }
    const realtime::Status& link_status() const { return supervisor_.status(); }
    cdp::BrowserStatus browser_status() const { return browser_.status(); }
    relay::Router& router() { return router_; }
    /// Results on the device's channel that this agent did not send (contract, section 8).
    std::uint64_t foreign_results() const noexcept { return foreign_results_; }

  private:
    void on_broadcast(const realtime::Broadcast& broadcast) override;
    void on_settled(realtime::Ticket ticket, realtime::Settled how) override { router_.on_settled(ticket, how); }
    void on_too_large(realtime::Ticket ticket, std::string_view payload) override {
        router_.on_settled(ticket, realtime::Settled::too_large, payload);
    }
    void on_left_over(std::string_view id) override { router_.on_left_over(id); }
    void on_sent(realtime::Ticket ticket) override { router_.on_sent(ticket); }
    void on_status(const realtime::Status& status) override {
        router_.on_link(status.state == realtime::State::joined);
        listener_.on_link_status(status);
    }
    bool publish(realtime::Message message) override { return supervisor_.publish(std::move(message)); }
    std::size_t payload_limit() const override { return supervisor_.payload_limit(); }
    std::string_view uncarried(std::string_view json) const override;
    bool carries_bytes() const override;
    void share_pace(std::size_t controllers) override { supervisor_.share_pace(controllers); }
    double pace_left(std::size_t controllers) const override { return supervisor_.pace_left(controllers); }
    TimePoint room_at(TimePoint now, std::size_t ahead) override { return supervisor_.room_at(now, ahead); }
    void all_answered() override { wound_.cancel(); }
    void on_serving() override { listener_.on_link_health(); }
    awaitable<Error> run_all();
    awaitable<Error> run_links();
    awaitable<void> finish_winding_down();
    void suspect(std::string_view payload);

    LinksListener& listener_;
    std::string device_uuid_;
    std::string device_topic_;
    std::string fingerprint_;
    realtime::Settings link_settings_;
    cdp::Settings browser_settings_;
    relay::Settings relay_settings_;
    relay::RefusedPages refused_pages_;
    cdp::Browser browser_;
    relay::Router router_;
    realtime::Supervisor supervisor_;
    std::uint64_t foreign_results_ = 0;

    /// Between wind_down() and the stop() that ends it.
    struct Winding {
        std::string reason;
        TimePoint finish_by;  // results are awaited until then
        TimePoint leave_by;   // the end of the grace
        cdp::Browser::Leave leave;
    };
    std::optional<Winding> winding_;
    platform::Timer wound_;  // the wait for the last answer
};

}  // namespace agent::daemon
