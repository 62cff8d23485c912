#include "platform/core/backoff.hpp"

#include <algorithm>

namespace platform {

Duration Backoff::next(double random) noexcept {
    const Duration wait = spread(Duration::zero(), ceiling_, random);
    ceiling_ = ceiling_ > cap_ / 2 ? cap_ : ceiling_ * 2;
    return wait;
}

void Backoff::held(Duration how_long) noexcept {
    if (how_long >= held_after_) ceiling_ = base_;
}

Duration spread(Duration least, Duration most, double random) noexcept {
    const auto width = static_cast<double>((std::max(most, least) - least).count());
    return least + Duration{static_cast<Duration::rep>(width * std::clamp(random, 0.0, 1.0))};
}

}  // namespace platform
