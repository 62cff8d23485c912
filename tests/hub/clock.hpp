// The hub's time. It normally runs with the machine's; a test may freeze it and move it forward by hand, so that what
// takes the real server minutes (rate windows, token expiry, idle sockets) is tested in milliseconds.
#pragma once

#include <list>

#include "platform/net.hpp"

namespace hub {

class Clock {
  public:
    explicit Clock(net::any_io_executor executor) : executor_(std::move(executor)), origin_(TimePoint{}) {}

    /// Monotonic time.
    TimePoint now() const { return frozen_ ? at_ : platform::BootClock::now() + offset_; }
    /// Seconds since 1970 with fraction, moving with now().
    double wall() const;
    std::int64_t wall_ms() const { return static_cast<std::int64_t>(wall() * 1000); }

    /// Stops the clock at `wall_seconds`; from now on only advance() moves it.
    void freeze(double wall_seconds);
    /// Moves time forward and wakes every sleeper whose time has come. Less than nothing sets the wall's clock back:
    /// what counts seconds goes on.
    void advance(Duration by);

    /// Waits until `when`, or until somebody calls Sleeper::wake, whichever is first.
    class Sleeper {
      public:
        explicit Sleeper(Clock& clock);
        ~Sleeper();
        Sleeper(const Sleeper&) = delete;
        Sleeper& operator=(const Sleeper&) = delete;

        /// False: the coroutine was cancelled, and must end without awaiting anything more.
        awaitable<bool> until(TimePoint when);
        /// Ends a wait that is under way; one that starts later is not affected.
        void wake();

      private:
        friend class Clock;
        void arm();

        Clock& clock_;
        platform::Timer timer_;
        TimePoint when_ = TimePoint::max();
        bool waiting_ = false, woken_ = false;
        std::list<Sleeper*>::iterator place_;
    };

  private:
    net::any_io_executor executor_;
    std::list<Sleeper*> sleepers_;
    TimePoint origin_;
    TimePoint at_{};
    Duration offset_{};
    Duration set_back_{};  // of the wall's clock alone
    bool frozen_ = false;
    double frozen_wall_ = 0;
};

}  // namespace hub
