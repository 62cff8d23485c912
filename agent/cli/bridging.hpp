// A run of `agent --bridge`: far browsers, the ports that they are offered on, and the command of --exec.
//
// Thread rule: the loop's thread. The Controller whose needs it gets outlives it.
#pragma once

#include <boost/asio/signal_set.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/bridge/far_side.hpp"
#include "agent/bridge/local_server.hpp"
#include "agent/cli/arguments.hpp"
#include "agent/control/exit_code.hpp"
#include "agent/daemon/step.hpp"

namespace cli::bridge_command {

struct Port {
    platform::HttpServer server;
    std::string address;                    // as a URL has it
    std::vector<std::size_t> devices = {};  // that are offered here, by their number
};

class Bridging final : private bridge::FarSideListener {
  public:
    /// `wished` outlives it.
    Bridging(net::any_io_executor executor, const arguments::Bridge& wished, bool json, std::vector<Port> ports);
    Bridging(const Bridging&) = delete;
    Bridging& operator=(const Bridging&) = delete;

    /// The next device. `name`: as it was given.
    void add(const std::string& name, const bridge::Channel::Needs& needs, bridge::Device device);

    /// Serves until a signal, until the command has ended, or until a device cannot be reached for good.
    awaitable<control::Exit> run();

  private:
    struct Offer {
        Offer(const net::any_io_executor& executor, const bridge::Channel::Needs& needs, bridge::Device device,
              std::string given, platform::Worker* disk);
        std::string name;    // in addresses
        std::string secret;  // likewise
        bridge::FarSide far;
        bridge::DevToolsEndpoint local;
        std::string url = {};   // of the WebSocket
        std::string http = {};  // of /json, without it
        bool answers = false;
    };

    void start(std::function<awaitable<void>()> work);
    void start_port(Port& port);
    void announce();
    void announce_as_json() const;
    awaitable<void> greet(Offer& offer);
    awaitable<void> run_command();
    bool all_answer() const;
    std::vector<std::string> environment() const;
    void hear_signals();
    void on_link(const bridge::FarSide& far) override;
    void end(control::Exit code);
    void stop();

    net::any_io_executor executor_;
    const arguments::Bridge& wished_;
    const bool json_;
    std::vector<Port> ports_;
    platform::Worker disk_{"files"};
    std::deque<Offer> offers_;
    net::signal_set signals_;
    std::optional<agent::daemon::Step> step_;  // while the command runs
    std::size_t running_ = 0;                  // of what start() started
    platform::Timer changed_;                  // never expires; cancelled at each change
    bool stopping_ = false;
    control::Exit code_ = control::Exit::ok;
};

}  // namespace cli::bridge_command
