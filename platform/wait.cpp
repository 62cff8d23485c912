#include "platform/wait.hpp"

template class boost::asio::basic_waitable_timer<platform::BootClock>;

namespace platform {

awaitable<void> expiry(Timer& timer) {
    co_await timer.async_wait(no_throw);
}

}  // namespace platform
