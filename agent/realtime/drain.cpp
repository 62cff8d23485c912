#include "agent/realtime/drain.hpp"

#include "agent/realtime/wait.hpp"

namespace realtime {

Drain::Drain(const net::any_io_executor& executor, const std::optional<TimePoint>& stop_by, const Outbox& outbox,
             DrainTarget& target, ConnectionEnd& ending)
    : stop_by_{stop_by}, outbox_{outbox}, target_{target}, ending_{ending}, timer_{executor} {}

awaitable<void> Drain::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    while (!stop_by_) {
        const bool go_on = co_await wait_until(timer_, never);
        if (!go_on) co_return;
    }
    const TimePoint until = *stop_by_;
    const TimePoint drained_by = until - (until - platform::BootClock::now()) / close_part;
    while (target_.can_deliver() && !outbox_.empty() && platform::BootClock::now() < drained_by) {
        const bool go_on = co_await wait_until(timer_, drained_by);
        if (!go_on) co_return;
    }
    target_.leave();
    // The reader sees the server's close frame and finishes.
    while (!ending_.over() && platform::BootClock::now() < until) {
        const bool go_on = co_await wait_until(timer_, until);
        if (!go_on) co_return;
    }
    ending_.finish({.cause = End::Cause::stopped});
}

}  // namespace realtime
