#include "agent/daemon/signals.hpp"

#include <cstdlib>
#include <string>

#include "platform/log/event.hpp"
#include "platform/log/log.hpp"
#include "platform/process/inherited.hpp"
#include "platform/service_manager.hpp"

namespace agent::daemon {

namespace log = platform::log;

Signals::Signals(const net::any_io_executor& executor, const config::LogSettings& log, bool is_step,
                 SignalTarget& target)
    : log_{log}, is_step_{is_step}, target_{target}, stops_{executor, SIGINT, SIGTERM}, louder_{executor, SIGUSR1} {}

awaitable<void> Signals::follow_stops() {
    if (!platform::ignores_hang_up()) stops_.add(SIGHUP);
    // Without a terminal nobody hangs up: it is how service managers ask for a reload (runit, s6, docker kill -s HUP).
    // A step of CI has no terminal either, and there it is a cancellation.
    const bool managed = platform::service_manager::managed() || (!is_step_ && !platform::has_terminal());
    for (;;) {
        const auto [ec, number] = co_await stops_.async_wait(no_throw);
        if (ec) co_return;
        switch (meanings_.on(number, managed)) {
            case SignalMeaning::reload:
                target_.on_reload_signal();
                break;
            case SignalMeaning::stop:
                target_.on_stop_signal(number);
                break;
            case SignalMeaning::kill:
                target_.on_kill_signal(number);
                std::_Exit(128 + number);
        }
    }
}

awaitable<void> Signals::follow_log_level() {
    for (;;) {
        const auto [ec, number] = co_await louder_.async_wait(no_throw);
        if (ec) co_return;
        const bool loud = log::level() == log::Level::debug;
        log::set_level(loud ? log_.level : log::Level::debug);
        log::write_event("log-level", "log level " + std::string{log::name_of(log::level())}, log::Level::warning);
    }
}

void Signals::end() {
    stops_.cancel();
    louder_.cancel();
}

}  // namespace agent::daemon
