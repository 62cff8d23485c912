// macOS has no timerfd; its CLOCK_MONOTONIC goes on during sleep, and the heartbeat's deadline finds a dead socket.
#include "platform/suspend_watch.hpp"

namespace platform {

struct SuspendWatch::Impl {
    explicit Impl(net::any_io_executor executor) : never{std::move(executor), TimePoint::max()} {}
    Timer never;
};

SuspendWatch::SuspendWatch(net::any_io_executor executor) : impl_{std::make_unique<Impl>(std::move(executor))} {}
SuspendWatch::~SuspendWatch() = default;

awaitable<Result<Wakeup>> SuspendWatch::next() {
    auto [ec] = co_await impl_->never.async_wait(no_throw);
    co_return ec ? ec : net::error::make_error_code(net::error::operation_aborted);
}

}  // namespace platform
