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

#include "platform/clock.hpp"
#include "platform/core/result.hpp"

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
