// Notices that the machine was asleep, or that its clock was set: deadlines and tokens are to be looked at again.
#pragma once

#include <memory>

#include "platform/net.hpp"

namespace platform {

enum class WakeupKind {
    resumed,        // the machine slept: CLOCK_BOOTTIME went ahead of CLOCK_MONOTONIC
    clock_changed,  // the wall clock was set, forward or back
};

/// One that happened.
struct Wakeup {
    WakeupKind kind = WakeupKind::clock_changed;
    Duration slept{};    // how long the machine was asleep since the last one
    Duration stepped{};  // how far the wall clock moved against CLOCK_BOOTTIME since the last one
};

/// Watches the clocks. Linux: a timerfd with TFD_TIMER_CANCEL_ON_SET, which the kernel cancels at both events.
class SuspendWatch {
  public:
    explicit SuspendWatch(net::any_io_executor executor);
    ~SuspendWatch();
    SuspendWatch(const SuspendWatch&) = delete;
    SuspendWatch& operator=(const SuspendWatch&) = delete;

    /// The next one. Errors: operation_aborted when cancelled; what the system says where there is no such timer.
    awaitable<Result<Wakeup>> next();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace platform
