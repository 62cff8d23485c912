#include "platform/watchdog.hpp"

#include "platform/service_manager.hpp"

namespace platform {

awaitable<void> feed_watchdog() {
    const auto interval = service_manager::watchdog_interval();
    if (!interval) co_return;
    const auto executor = co_await net::this_coro::executor;
    Timer timer{executor};
    for (;;) {
        service_manager::alive();
        timer.expires_after(*interval);
        const auto [ec] = co_await timer.async_wait(no_throw);
        if (ec) co_return;
    }
}

}  // namespace platform
