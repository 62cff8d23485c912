// SIGUSR2 at the browser host, which the package's upgrade sends: it ends, to be started anew by the service manager,
// as soon as no agent uses the browser, at the latest after service.upgrade_grace.
#pragma once

#include <boost/asio/signal_set.hpp>

#include "agent/config/config.hpp"
#include "cdp/browser_host.hpp"
#include "platform/clock.hpp"
#include "platform/net.hpp"

namespace cli::host_command {

class HostRestart {
  public:
    /// `host` outlives it.
    HostRestart(const net::any_io_executor& executor, cdp::BrowserHost& host, Duration grace);

    /// Call it at each change of the host's state.
    void on_state();
    awaitable<void> run();

  private:
    bool in_use() const noexcept;

    cdp::BrowserHost& host_;
    Duration grace_;
    net::signal_set asked_;
    platform::Timer latest_;
};

}  // namespace cli::host_command
