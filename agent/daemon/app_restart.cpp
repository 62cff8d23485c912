// SIGUSR2, which the package's upgrade sends: the service manager shall start the new program, when nobody uses this
// one.
#include "agent/daemon/app_impl.hpp"
#include "platform/log/log.hpp"
#include "platform/service.hpp"
#include "platform/text.hpp"

namespace agent::daemon {
namespace {

namespace log = platform::log;

std::string in_words(Duration time) {
    return platform::for_people(std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

}  // namespace

awaitable<void> App::Impl::follow_restart_signal() {
    for (;;) {
        auto [ec, number] = co_await upgraded.async_wait(no_throw);
        if (ec || stopping) co_return;
        if (platform::service::managed()) break;
        log::warning("SIGUSR2: no service manager started this agent, so none would start it again: it goes on");
    }
    co_await restart_when_idle();
}

awaitable<void> App::Impl::restart_when_idle() {
    log::info("a restart was asked for: when no command came for {}, at the latest in {}",
              in_words(config.upgrade.quiet), in_words(config.upgrade.grace));
    restart_asked = true;
    show_health();
    PatientRestart patience{platform::BootClock::now(), config.upgrade.grace, config.upgrade.quiet};
    // At the gate nobody can use it.
    while (!stopping && paired) {
        const auto next = patience.look(platform::BootClock::now(), use());
        if (!next) break;
        restart.expires_at(*next);
        co_await restart.async_wait(no_throw);
    }
    if (stopping) co_return;
    log::info("stopping to be started anew");
    stop();
}

Use App::Impl::use() const {
    const auto now = paired->router().status();
    return {.busy = now.in_flight > 0 || now.waiting_answers > 0 || now.streams > 0 || hooks.busy(),
            .commands = now.traffic.commands};
}

}  // namespace agent::daemon
