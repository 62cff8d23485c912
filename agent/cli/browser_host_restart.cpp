#include "agent/cli/browser_host_restart.hpp"

#include <csignal>
#include <utility>

#include "platform/log/log.hpp"
#include "platform/service_manager.hpp"
#include "platform/wait.hpp"

namespace cli::host_command {

HostRestart::HostRestart(const net::any_io_executor& executor, cdp::BrowserHost& host, Duration grace)
    : host_{host}, grace_{grace}, asked_{executor, SIGUSR2}, latest_{executor} {}

bool HostRestart::in_use() const noexcept {
    return host_.state() == cdp::HostState::serving || host_.state() == cdp::HostState::launching;
}

void HostRestart::on_state() {
    if (!in_use()) latest_.cancel();
}

awaitable<void> HostRestart::run() {
    for (;;) {
        auto [ec, number] = co_await asked_.async_wait(no_throw);
        if (ec) co_return;
        if (platform::service_manager::managed()) break;
        platform::log::warning("SIGUSR2: no service manager started this browser host: it goes on");
    }
    platform::log::info("a restart was asked for: when no agent uses the browser");
    latest_.expires_after(grace_);
    if (in_use()) co_await platform::expiry(latest_);
    platform::log::info("stopping to be started anew");
    platform::service_manager::stopping();
    host_.stop();
}

}  // namespace cli::host_command
