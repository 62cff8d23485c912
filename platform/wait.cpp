#include "platform/wait.hpp"

namespace boost::asio::experimental::awaitable_operators {

template First<One, One> operator||(Void, Void);
template First<One, One, One> operator||(First<One, One>, Void);
template First<One, One, One, One> operator||(First<One, One, One>, Void);
template Void operator&&(Void, Void);

}  // namespace boost::asio::experimental::awaitable_operators

template class boost::asio::basic_waitable_timer<platform::BootClock>;

namespace platform {

awaitable<void> expiry(Timer& timer) {
    co_await timer.async_wait(no_throw);
}

}  // namespace platform
