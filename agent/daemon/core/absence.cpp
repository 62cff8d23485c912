#include "agent/daemon/core/absence.hpp"

#include <algorithm>

namespace agent::daemon {
namespace {

/// Between two looks, however near the limit is.
constexpr Duration shortest_look = std::chrono::seconds{1};

}  // namespace

Duration absent_for(const SignsOfLife& signs, std::chrono::sys_seconds now) noexcept {
    if (signs.joined) return Duration::zero();
    const auto last = std::max({signs.paired, signs.last_here, signs.last_heard});
    return now > last ? Duration{now - last} : Duration::zero();
}

bool absent_too_long(Duration absent, Duration limit) noexcept {
    return limit > Duration::zero() && absent >= limit;
}

Duration next_absence_look(Duration absent, Duration limit) noexcept {
    if (limit == Duration::zero()) return absence_look;
    return std::clamp(limit - absent, shortest_look, absence_look);
}

}  // namespace agent::daemon
