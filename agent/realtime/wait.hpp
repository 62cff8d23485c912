// The two waits that all loops of the cloud link are made of.
#pragma once

#include "platform/clock.hpp"
#include "platform/net.hpp"
#include "platform/wait.hpp"

namespace realtime {

/// Far enough: a loop that has nothing to wait for but its wake-up call.
inline constexpr TimePoint never = TimePoint::max();

/// Whether the awaiting coroutine itself was cancelled (a loop of its group has ended). Loops turn the exception off
/// with throw_if_cancelled(false), so they have to look.
inline awaitable<bool> cancelled() {
    const auto state = co_await net::this_coro::cancellation_state;
    co_return is_cancelled(state);
}

/// Waits until that time, or until somebody cancels the timer, which is how loops are woken.
/// False: the awaiting coroutine was cancelled and must end.
inline awaitable<bool> wait_until(platform::Timer& timer, TimePoint until) {
    timer.expires_at(until);
    co_await platform::expiry(timer);
    const auto state = co_await net::this_coro::cancellation_state;
    co_return !is_cancelled(state);
}

}  // namespace realtime
