#include "tests/hub/clock.hpp"

namespace hub {

namespace {
double seconds_of(Duration d) {
    return std::chrono::duration<double>(d).count();
}
}  // namespace

double Clock::wall() const {
    if (frozen_) return frozen_wall_ + seconds_of(at_ - origin_ + set_back_);
    const auto real = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration<double>(real).count() + seconds_of(offset_ + set_back_);
}

void Clock::freeze(double wall_seconds) {
    at_ = origin_ = now();
    frozen_ = true;
    frozen_wall_ = wall_seconds;
    set_back_ = {};
    for (auto* sleeper : sleepers_) sleeper->timer_.cancel();
}

void Clock::advance(Duration by) {
    if (by < Duration::zero())
        set_back_ += by;
    else if (frozen_)
        at_ += by;
    else
        offset_ += by;
    for (auto* sleeper : sleepers_) sleeper->timer_.cancel();
}

Clock::Sleeper::Sleeper(Clock& clock) : clock_(clock), timer_(clock.executor_) {
    place_ = clock_.sleepers_.insert(clock_.sleepers_.end(), this);
}

Clock::Sleeper::~Sleeper() {
    clock_.sleepers_.erase(place_);
}

void Clock::Sleeper::arm() {
    if (clock_.frozen_ || when_ == TimePoint::max())
        timer_.expires_at(TimePoint::max());
    else
        timer_.expires_after(when_ - clock_.now());
}

awaitable<bool> Clock::Sleeper::until(TimePoint when) {
    when_ = when;
    woken_ = false;
    waiting_ = true;
    const auto cancelled = co_await net::this_coro::cancellation_state;
    while (!woken_ && clock_.now() < when_) {
        arm();
        co_await timer_.async_wait(no_throw);
        if (cancelled.cancelled() != net::cancellation_type::none) co_return false;
    }
    waiting_ = false;
    co_return true;
}

void Clock::Sleeper::wake() {
    if (!waiting_) return;
    woken_ = true;
    timer_.cancel();
}

}  // namespace hub
