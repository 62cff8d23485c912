#include "tests/hub/rate.hpp"

namespace hub {

void RateCounter::roll(TimePoint now) {
    if (!running_) {
        running_ = true;
        next_tick_ = now + tick_;
        current_ = sum_ = 0;
        buckets_.clear();
        return;
    }
    if (now < next_tick_) return;
    if (now - next_tick_ > tick_ * static_cast<long>(max_buckets + 1)) {  // long silence: nothing of before counts
        buckets_.assign(max_buckets, 0);
        sum_ = current_ = 0;
        next_tick_ = now + tick_;
        return;
    }
    while (now >= next_tick_) {
        buckets_.push_front(current_);
        sum_ += current_;
        current_ = 0;
        if (buckets_.size() > max_buckets) {
            sum_ -= buckets_.back();
            buckets_.pop_back();
        }
        next_tick_ += tick_;
    }
}

void RateCounter::add(TimePoint now, std::uint64_t events) {
    if (limit_ == 0) return;
    roll(now);
    current_ += events;
}

double RateCounter::average(TimePoint now) {
    if (limit_ == 0) return 0;
    roll(now);
    if (buckets_.empty()) return 0;
    const auto span = std::chrono::duration<double>(tick_).count() * static_cast<double>(buckets_.size());
    return static_cast<double>(sum_) / span;
}

bool RateCounter::exceeded(TimePoint now) {
    return limit_ != 0 && average(now) > limit_;
}

}  // namespace hub
