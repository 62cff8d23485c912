#include "agent/realtime/connection_end.hpp"

#include <utility>

#include "agent/realtime/wait.hpp"

namespace realtime {

void ConnectionEnd::finish(End end) {
    if (!end_) end_ = std::move(end);
    timer_.cancel();
}

awaitable<void> ConnectionEnd::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    while (!end_) {
        const bool go_on = co_await wait_until(timer_, never);
        if (!go_on) co_return;
    }
}

}  // namespace realtime
