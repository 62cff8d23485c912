#include "cdp/alarm.hpp"

namespace cdp {

awaitable<bool> Alarm::wait_until(TimePoint moment) {
    armed_ = moment;
    timer_.expires_at(armed_);
    co_await timer_.async_wait(no_throw);
    armed_ = TimePoint::min();
    const auto state = co_await net::this_coro::cancellation_state;
    co_return !is_cancelled(state);
}

}  // namespace cdp
