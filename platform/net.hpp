// Asio under the names that this tree uses. Loops include this; decision code does not.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <variant>

#include "platform/clock.hpp"
#include "platform/core/result.hpp"

// `co_await (a || b)` and `co_await (a && b)` where all are awaitable<void>, as nearly everywhere. They are compiled
// once (awaitable_operators.cpp), for each other pair of operands costs the compiler most of a second. And an exception
// is not missed while the work beside goes on: `||` ends with the first that ends, also by an exception, where Asio's
// own waits for the first that succeeds; and with `&&` the exception leaves the event loop at once.
namespace boost::asio::experimental::awaitable_operators {

using Void = awaitable<void, any_io_executor>;
using One = std::monostate;
template <class... Ended>
using First = awaitable<std::variant<Ended...>, any_io_executor>;

template <>
First<One, One> operator||(Void first, Void second);
template <>
First<One, One, One> operator||(First<One, One> first, Void second);
template <>
First<One, One, One, One> operator||(First<One, One, One> first, Void second);
template <>
Void operator&&(Void first, Void second);

}  // namespace boost::asio::experimental::awaitable_operators

namespace net = boost::asio;

/// The token for every I/O: `auto [ec, n] = co_await stream.async_read_some(buffer, no_throw);` Nothing throws.
inline constexpr auto no_throw = net::as_tuple(net::use_awaitable);

using net::awaitable;

/// Of `co_await net::this_coro::cancellation_state`: whether the awaiting coroutine has to end.
inline bool is_cancelled(const net::cancellation_state& state) noexcept {
    return state.cancelled() != net::cancellation_type::none;
}

/// Handler for the few top tasks: an exception in one of them is a broken invariant and ends the process through main.
inline constexpr auto rethrow = [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
};
