// A run of `agent --bridge`: far browsers, the ports that they are offered on, the page that shows them, and the
// command of --exec.
//
// Thread rule: the loop's thread. The Controller outlives it.
#pragma once

#include <boost/asio/signal_set.hpp>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/bridge/far_on_demand.hpp"
#include "agent/bridge/fleet.hpp"
#include "agent/bridge/local_server.hpp"
#include "agent/bridge/recorded_browser.hpp"
#include "agent/cli/arguments.hpp"
#include "agent/cli/record_file.hpp"
#include "agent/cli/trusting.hpp"
#include "agent/control/exit_code.hpp"
#include "agent/daemon/step.hpp"

namespace cli::bridge_command {

struct Port {
    platform::HttpServer server;
    std::string address;                    // as a URL has it
    std::vector<std::size_t> devices = {};  // of those that were named, which are offered here, by their number
    bridge::LocalPort local = {};
};

struct BridgingNeeds {
    bridge::Controller& controller;
    const arguments::Bridge& wished;
    Trusting& trusting;
    RecordFile& record;
    bool json = false;
};

class Bridging final : private bridge::FarSideListener, private bridge::FleetListener {
  public:
    /// What it needs outlives it.
    Bridging(const BridgingNeeds& needs, std::vector<Port> ports);
    Bridging(const Bridging&) = delete;
    Bridging& operator=(const Bridging&) = delete;

    /// The next device. `name`: as it was given. `seal`: as FarSide takes it.
    void add(const std::string& name, bridge::Device device, const std::optional<bridge::SealKeys>& seal);
    /// A device that the token may see, where none was named.
    void on_found(const bridge::Device& device) override;

    /// How the device was named; empty: it was not added.
    std::string name_of(const std::string& uuid) const;

    /// Serves until a signal, until the command has ended, or until a device cannot be reached for good. An exception
    /// in any part of it is thrown here, once all parts have ended.
    awaitable<control::Exit> run();

  private:
    struct Offer {
        Offer(Bridging& whole, bridge::Device device, std::string typed, bridge::FarOnDemand::Join join,
              const std::optional<bridge::SealKeys>& seal);
        std::string given;   // the device's name or uuid, as it was typed
        std::string name;    // in addresses
        std::string secret;  // likewise
        bridge::FarOnDemand far;
        std::optional<bridge::RecordedBrowser> recorded;  // with --record: between it and the local side
        bridge::DevToolsEndpoint local;
        std::string url = {};   // of the WebSocket
        std::string http = {};  // of /json, without it
        bool answers = false;
    };

    void begin();
    void fail(std::exception_ptr error);
    void start(std::function<awaitable<void>()> work);
    Offer& offer(const std::string& name, bridge::Device device, bridge::FarOnDemand::Join join,
                 const std::optional<bridge::SealKeys>& seal);
    void offer_at(Port& port, Offer& offer);
    void start_port(Port& port);
    bridge::LocalClient::Options client_options();
    std::string page_url(const Port& port) const;
    void announce();
    void announce_page() const;
    void announce_as_json() const;
    awaitable<void> greet(Offer& offer);
    awaitable<void> run_command();
    bool all_answer() const;
    std::vector<std::string> environment() const;
    void hear_signals();
    void on_link(const bridge::FarSide& far) override;
    void on_refusal(const std::string& secret, std::string_view sentence);
    void end(control::Exit code);
    void stop();

    const BridgingNeeds needs_;
    const net::any_io_executor executor_;
    std::vector<Port> ports_;
    platform::Worker disk_{"files"};
    bridge::Fleet fleet_;
    bridge::PageServer page_;
    std::deque<Offer> offers_;
    net::signal_set signals_;
    std::optional<agent::daemon::Step> step_;  // while the command runs
    std::size_t running_ = 0;                  // of what start() started
    platform::Timer changed_;                  // never expires; cancelled at each change
    bool stopping_ = false;
    std::exception_ptr failed_;  // for run() to throw
    control::Exit code_ = control::Exit::ok;
};

}  // namespace cli::bridge_command
