#include "agent/realtime/resumes.hpp"

#include <utility>

#include "agent/realtime/wait.hpp"
#include "platform/log.hpp"

namespace realtime {

using namespace net::experimental::awaitable_operators;

Resumes::Resumes(const net::any_io_executor& executor, ResumeListener& listener)
    : listener_{listener}, timer_{executor}, watch_{executor}, standstills_{platform::Standstills::of(executor)} {}

awaitable<void> Resumes::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    co_await (watch_wakeups() || standstills_.watch() || watch_standstills());
}

/// The clock was set: nothing to do, deadlines do not run on it.
awaitable<void> Resumes::watch_wakeups() {
    co_await net::this_coro::throw_if_cancelled(false);
    for (;;) {
        const auto wakeup = co_await watch_.next();
        const bool over = co_await cancelled();
        if (over) co_return;
        if (!wakeup) {
            platform::log::debug("realtime: suspends are not noticed here: {}", wakeup.error().message());
            const auto executor = co_await net::this_coro::executor;
            platform::Timer forever{executor};
            co_await wait_until(forever, never);
            co_return;
        }
        if (wakeup->kind == platform::WakeupKind::resumed) listener_.on_resumed();
    }
}

awaitable<void> Resumes::watch_standstills() {
    co_await net::this_coro::throw_if_cancelled(false);
    auto seen = standstills_.count();
    for (;;) {
        const bool go_on = co_await wait_until(timer_, platform::BootClock::now() + platform::Standstills::tick);
        if (!go_on) co_return;
        const auto count = standstills_.count();
        if (std::exchange(seen, count) == count) continue;
        const auto still = std::chrono::duration_cast<std::chrono::seconds>(standstills_.last());
        platform::log::info("realtime: this process did not run for {} s: checking the connection", still.count());
        listener_.on_standstill();
    }
}

}  // namespace realtime
