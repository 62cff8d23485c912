#include "agent/realtime/core/burst_window.hpp"

#include <algorithm>

namespace realtime {
namespace {

constexpr double length_seconds = std::chrono::duration<double>(BurstWindow::length).count();

/// Between two of the even part.
Duration spacing(double weight, double rate) noexcept {
    const std::chrono::duration<double> between{weight / (rate * (1 - BurstWindow::at_once))};
    return std::chrono::duration_cast<Duration>(between);
}

}  // namespace

void BurstWindow::pass(TimePoint now) noexcept {
    const std::int64_t present = slot_of(now);
    if (present <= newest_) return;
    const auto over = std::min<std::int64_t>(present - newest_, slots);
    for (std::int64_t i = 1; i <= over; ++i) {
        double& oldest = sums_[static_cast<std::size_t>(newest_ + i) % slots];
        sum_ -= oldest;
        oldest = 0;
    }
    if (over == slots) sum_ = 0;  // what rounding left
    newest_ = present;
}

bool BurstWindow::allows(double weight, double rate, TimePoint now) noexcept {
    pass(now);
    const double most = rate * length_seconds;
    if (sum_ + weight <= most * at_once) return true;
    return sum_ + weight <= most && now >= last_ + spacing(weight, rate);
}

TimePoint BurstWindow::allows_at(double weight, double rate, TimePoint now) noexcept {
    pass(now);
    const double most = rate * length_seconds;
    const TimePoint even = std::max(now, last_ + spacing(weight, rate));
    double left = sum_ + weight;
    TimePoint when = now;
    const std::int64_t oldest = std::max<std::int64_t>(newest_ - static_cast<std::int64_t>(slots) + 1, 0);
    for (std::int64_t number = oldest; number <= newest_; ++number) {
        if (left <= most * at_once) return when;
        if (left <= most && even <= when) return when;
        // Its slot is thrown away when one more length has passed.
        const TimePoint thrown{slot * (number + static_cast<std::int64_t>(slots))};
        if (left <= most && even < thrown) return even;
        left -= sums_[static_cast<std::size_t>(number) % slots];
        when = std::max(when, thrown);
    }
    return left <= most ? when : TimePoint::max();
}

void BurstWindow::add(double weight, TimePoint now) noexcept {
    pass(now);
    sums_[static_cast<std::size_t>(newest_) % slots] += weight;
    sum_ += weight;
    last_ = now;
}

}  // namespace realtime
