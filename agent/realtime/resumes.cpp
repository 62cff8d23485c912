#include "agent/realtime/resumes.hpp"

#include <functional>
#include <utility>

#include "agent/realtime/wait.hpp"
#include "platform/log/log.hpp"

namespace realtime {

using namespace net::experimental::awaitable_operators;

Resumes::Resumes(const net::any_io_executor& executor, ResumeListener& listener)
    : listener_{listener}, watch_{executor}, standstills_{platform::Standstills::of(executor)} {}

awaitable<void> Resumes::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    std::function<void()> look = [this] { listener_.on_standstill(standstills_.last()); };
    auto watching = standstills_.watch(std::move(look));
    co_await (watch_wakeups() || std::move(watching));
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

}  // namespace realtime
