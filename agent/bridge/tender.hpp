// The loop of something that has deadlines: it is tended when the next one is due, and when it is woken.
#pragma once

#include "agent/realtime/wait.hpp"
#include "platform/clock.hpp"
#include "platform/net.hpp"

namespace bridge {

class Tended {
  public:
    /// Does what is due. Returns when something is due again; TimePoint::max(): after the next wake().
    virtual TimePoint tend(TimePoint now) = 0;

  protected:
    ~Tended() = default;
};

class Tender {
  public:
    explicit Tender(const net::any_io_executor& executor) : timer_{executor} {}

    /// tend() is called soon, never during this call.
    void wake() { timer_.cancel(); }

    /// Until it is cancelled. `tended` outlives it.
    awaitable<void> run(Tended& tended) {
        co_await net::this_coro::throw_if_cancelled(false);
        for (bool go_on = true; go_on;) {
            const TimePoint next = tended.tend(platform::BootClock::now());
            go_on = co_await realtime::wait_until(timer_, next);
        }
    }

  private:
    platform::Timer timer_;
};

}  // namespace bridge
