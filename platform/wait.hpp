// Waiting for one of several, or for all: Asio's `co_await (a || b)` and `co_await (a && b)` of awaitable<void>
// (platform/net.hpp), and what makes their operands awaitable<void>.
// Thread rule: the awaiting coroutine's. Lifetime: what is passed by reference outlives the wait.
#pragma once

#include <optional>
#include <utility>

#include "platform/clock.hpp"
#include "platform/net.hpp"

extern template class boost::asio::basic_waitable_timer<platform::BootClock>;

namespace platform {

/// Returns when the timer expires or is cancelled, which is how loops are woken; also on cancellation.
awaitable<void> expiry(Timer& timer);

/// The work as an operand of `||` or `&&`. Its result is set once it has one, also when another operand came first; a
/// result that is there already stays.
template <class T>
awaitable<void> into(std::optional<T>& result, awaitable<T> work) {
    auto done = co_await std::move(work);
    if (!result) result.emplace(std::move(done));
}

/// The work as such an operand, where nobody needs its result.
template <class T>
awaitable<void> ignoring(awaitable<T> work) {
    co_await std::move(work);
}

/// The work's result; nothing: `end` came first, and the work was cancelled.
template <class T>
awaitable<std::optional<T>> before(awaitable<void> end, awaitable<T> work) {
    using net::experimental::awaitable_operators::operator||;
    std::optional<T> result;
    auto working = into(result, std::move(work));
    const auto first = co_await (std::move(working) || std::move(end));
    if (first.index() == 1) result.reset();
    co_return result;
}

/// The work's result; nothing: the timer expired or was cancelled first, and the work was cancelled.
template <class T>
awaitable<std::optional<T>> within(Timer& limit, awaitable<T> work) {
    return before(expiry(limit), std::move(work));
}

}  // namespace platform
