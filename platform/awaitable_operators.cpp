#include "platform/net.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <exception>

namespace boost::asio::experimental::awaitable_operators {
namespace {

template <class Wide, std::size_t... Place>
Wide at(std::size_t ended, std::index_sequence<Place...>) {
    Wide wide;
    ((ended == Place ? static_cast<void>(wide.template emplace<Place>()) : void()), ...);
    return wide;
}

void throw_again(const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
}

/// What Asio throws into a coroutine that was cancelled.
bool is_cancellation(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& error) {
        return error.code() == boost::asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

/// The work; what it throws leaves the event loop at once as well, for the work beside it may end on a word alone,
/// which nobody says any more.
Void told(Void work) {
    std::exception_ptr thrown;
    try {
        co_await std::move(work);
    } catch (...) {
        thrown = std::current_exception();
    }
    if (!thrown) co_return;
    const auto executor = co_await this_coro::executor;
    if (!is_cancellation(thrown)) post(executor, [thrown] { std::rethrow_exception(thrown); });
    std::rethrow_exception(thrown);
}

template <class... Ended>
First<Ended..., One> one_more(First<Ended...> first, Void second) {
    const auto executor = co_await this_coro::executor;
    auto both = make_parallel_group(co_spawn(executor, std::move(first), deferred),
                                    co_spawn(executor, std::move(second), deferred));
    auto [order, thrown, ended, thrown_too] = co_await both.async_wait(wait_for_one(), use_awaitable);
    throw_again(order[0] == 0 ? thrown : thrown_too);
    using Wide = std::variant<Ended..., One>;
    co_return at<Wide>(order[0] == 0 ? ended.index() : sizeof...(Ended), std::index_sequence_for<Ended..., One>{});
}

}  // namespace

template <>
First<One, One> operator||(Void first, Void second) {
    const auto executor = co_await this_coro::executor;
    auto both = make_parallel_group(co_spawn(executor, std::move(first), deferred),
                                    co_spawn(executor, std::move(second), deferred));
    auto [order, thrown, thrown_too] = co_await both.async_wait(wait_for_one(), use_awaitable);
    throw_again(order[0] == 0 ? thrown : thrown_too);
    co_return at<std::variant<One, One>>(order[0], std::make_index_sequence<2>{});
}

template <>
First<One, One, One> operator||(First<One, One> first, Void second) {
    return one_more(std::move(first), std::move(second));
}

template <>
First<One, One, One, One> operator||(First<One, One, One> first, Void second) {
    return one_more(std::move(first), std::move(second));
}

template <>
Void operator&&(Void first, Void second) {
    const auto executor = co_await this_coro::executor;
    auto both = make_parallel_group(co_spawn(executor, told(std::move(first)), deferred),
                                    co_spawn(executor, told(std::move(second)), deferred));
    auto [order, thrown, thrown_too] = co_await both.async_wait(wait_for_one_error(), use_awaitable);
    throw_again(order[0] == 0 ? thrown : thrown_too);
    throw_again(order[0] == 0 ? thrown_too : thrown);
}

}  // namespace boost::asio::experimental::awaitable_operators
