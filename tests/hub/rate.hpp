// The server's rate counter: events gathered in buckets of five seconds, judged by their average, and only when a
// bucket ends. So a burst passes, and a sustained excess shows late and lasts up to a minute.
#pragma once

#include <deque>

#include "platform/core/time_point.hpp"

namespace hub {

class RateCounter {
  public:
    RateCounter(Duration tick, std::uint32_t limit) : tick_(tick), limit_(limit) {}

    void set_limit(std::uint32_t per_second) { limit_ = per_second; }
    void set_tick(Duration tick) { tick_ = tick; }
    void add(TimePoint now, std::uint64_t events = 1);
    /// Whether the average of the buckets that have ended is over the limit.
    bool exceeded(TimePoint now);
    /// Events a second, averaged over the buckets that have ended.
    double average(TimePoint now);
    std::uint32_t limit() const { return limit_; }
    void reset() { running_ = false; }

  private:
    void roll(TimePoint now);

    static constexpr std::size_t max_buckets = 12;
    Duration tick_;
    std::uint32_t limit_;
    bool running_ = false;
    TimePoint next_tick_{};
    std::uint64_t current_ = 0;
    std::deque<std::uint64_t> buckets_;
    std::uint64_t sum_ = 0;
};

}  // namespace hub
