#include "platform/standstill.hpp"

#include "platform/clock.hpp"

namespace platform {

Standstills& Standstills::of(const boost::asio::any_io_executor& executor) {
    return boost::asio::use_service<Standstills>(executor.context());
}

std::uint64_t Standstills::count() noexcept {
    if (watchers_ == 0) return count_;
    const TimePoint now = BootClock::now();
    if (now - ran_ >= least) {
        ++count_;
        last_ = now - ran_;
        ran_ = now;
    }
    return count_;
}

awaitable<void> Standstills::watch() {
    co_await net::this_coro::throw_if_cancelled(false);
    const auto executor = co_await net::this_coro::executor;
    Timer timer{executor};
    if (watchers_++ == 0) ran_ = BootClock::now();
    for (;;) {
        static_cast<void>(count());
        ran_ = BootClock::now();
        timer.expires_after(tick);
        co_await timer.async_wait(no_throw);
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) break;
    }
    --watchers_;
}

}  // namespace platform
