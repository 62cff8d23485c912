// Lets a burst of a client's stream through at once. The server counts in pieces of five seconds, so what matters to it
// is how much goes in five seconds, not how it lies in them. Half of that goes at once, the rest at an even pace: a
// script that goes on and on waits a moment for each message, and never for seconds.
//
// Pure: time is an argument.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "platform/core/time_point.hpp"

namespace realtime {

class BurstWindow {
  public:
    /// One piece of the server's count.
    static constexpr Duration length = std::chrono::seconds{5};
    /// Of what may go within the length, the part that goes at once.
    static constexpr double at_once = 0.5;

    /// Whether `weight` more may go now. `rate` is how much may go in a second on average.
    bool allows(double weight, double rate, TimePoint now) noexcept;
    /// When allows() will say yes. Not before `now`.
    TimePoint allows_at(double weight, double rate, TimePoint now) noexcept;

    void add(double weight, TimePoint now) noexcept;

  private:
    static constexpr Duration slot = std::chrono::milliseconds{100};
    static constexpr std::size_t slots = length / slot + 1;  // one more: the oldest has begun before the length

    static std::int64_t slot_of(TimePoint time) noexcept { return time.time_since_epoch() / slot; }
    void pass(TimePoint now) noexcept;

    std::array<double, slots> sums_{};  // a ring, by the number of the slot
    double sum_ = 0;
    std::int64_t newest_ = 0;  // number of a slot
    TimePoint last_{};
};

}  // namespace realtime
