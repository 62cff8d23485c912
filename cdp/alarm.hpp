// A wait for a moment that may come nearer while it lasts.
#pragma once

#include "platform/clock.hpp"
#include "platform/net.hpp"

namespace cdp {

/// Asio keeps a queue of timers for each clock, and sets the system's timer anew only where a queue's first one begins.
/// An alarm is alone in its queue: if a wait is ended early and a longer one begun, nothing wakes the process in
/// between.
struct AlarmClock : platform::BootClock {};

class Alarm {
  public:
    explicit Alarm(const net::any_io_executor& executor) : timer_{executor} {}

    /// Waits until that moment, or until bring_forward(). False: it was cancelled.
    awaitable<bool> wait_until(TimePoint moment);

    /// Ends a wait that would last beyond that moment: the waiter looks again.
    void bring_forward(TimePoint moment) {
        if (moment < armed_) timer_.cancel();
    }

  private:
    boost::asio::basic_waitable_timer<AlarmClock> timer_;
    TimePoint armed_ = TimePoint::min();  // until when somebody waits; min: nobody does
};

}  // namespace cdp
