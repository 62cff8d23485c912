#include "agent/credentials/store_turn.hpp"

#include <utility>

#include "agent/credentials/store_errors.hpp"
#include "platform/clock.hpp"

namespace credentials {

awaitable<Error> take_turn(platform::Worker& files, std::function<Error()> work, Duration limit) {
    const auto executor = co_await net::this_coro::executor;
    platform::Timer timer{executor};
    const auto end = platform::BootClock::now() + limit;
    for (;;) {
        auto job = [work]() -> Result<void> {
            const Error ec = work();
            if (ec) return ec;
            return {};
        };
        const auto done = co_await platform::run_blocking(files, std::move(job));
        const Error ec = done ? Error{} : done.error();
        if (ec != Errc::locked || platform::BootClock::now() >= end) co_return ec;
        timer.expires_after(lock_look);
        const auto [cancelled] = co_await timer.async_wait(no_throw);
        if (cancelled) co_return cancelled;
    }
}

}  // namespace credentials
