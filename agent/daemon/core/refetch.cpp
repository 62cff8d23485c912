#include "agent/daemon/core/refetch.hpp"

#include <algorithm>

namespace agent::daemon {

Refetch::Refetch(Limits limits) noexcept
    : limits_{limits}, backoff_{limits.retry_first, limits.retry_most, Duration::zero()} {}

void Refetch::schedule(TimePoint now, Duration later) noexcept {
    if (first_asked_ == never) {
        first_asked_ = now;
        due_ = std::min(due_, now + limits_.settle + later);
        return;
    }
    const TimePoint quiet = std::min(now + limits_.settle, first_asked_ + limits_.settle_most);
    due_ = std::max(due_, quiet);
}

void Refetch::asked() noexcept {
    first_asked_ = never;
    due_ = never;
}

void Refetch::answered() noexcept {
    backoff_.held(Duration::zero());
}

void Refetch::failed(TimePoint now, double random) noexcept {
    // At least half the drawn range away: a request costs the backend more than a word does.
    const Duration ceiling = backoff_.ceiling();
    const TimePoint again = now + ceiling / 2 + backoff_.next(random) / 2;
    due_ = std::min(due_, again);
}

}  // namespace agent::daemon
