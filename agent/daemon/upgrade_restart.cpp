#include "agent/daemon/upgrade_restart.hpp"

#include <csignal>

#include "platform/log/log.hpp"
#include "platform/service_manager.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"

namespace agent::daemon {
namespace {

namespace log = platform::log;

std::string in_words(Duration time) {
    return platform::for_people(std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

}  // namespace

UpgradeRestart::UpgradeRestart(net::any_io_executor executor, const config::UpgradeSettings& settings,
                               const LinkState& state, Restartable& agent)
    : settings_{settings}, state_{state}, agent_{agent}, asked_{executor, SIGUSR2}, look_{executor} {}

awaitable<void> UpgradeRestart::run() {
    for (;;) {
        const auto [ec, number] = co_await asked_.async_wait(no_throw);
        if (ec || state_.stopping()) co_return;
        if (platform::service_manager::managed()) break;
        log::warning("SIGUSR2: no service manager started this agent, so none would start it again: it goes on");
    }
    log::info("a restart was asked for: when no command came for {}, at the latest in {}", in_words(settings_.quiet),
              in_words(settings_.grace));
    agent_.on_restart_asked();
    co_await wait_until_idle();
    if (state_.stopping()) co_return;
    log::info("stopping to be started anew");
    agent_.stop();
}

awaitable<void> UpgradeRestart::wait_until_idle() {
    PatientRestart patience{platform::BootClock::now(), settings_.grace, settings_.quiet};
    while (!state_.stopping()) {
        const auto use = agent_.use();
        if (!use) co_return;
        const auto next = patience.look(platform::BootClock::now(), *use);
        if (!next) co_return;
        look_.expires_at(*next);
        co_await platform::expiry(look_);
    }
}

void UpgradeRestart::end() {
    asked_.cancel();
    look_.cancel();
}

}  // namespace agent::daemon
