#include "cdp/core/idle_check.hpp"

namespace cdp {
namespace {

/// In a row: after a suspend the first check may be overdue at once.
constexpr int most_misses = 2;

}  // namespace

TimePoint IdleCheck::next() const noexcept {
    return every_ > Duration::zero() && !asking_ ? heard_ + every_ : TimePoint::max();
}

void IdleCheck::asked(std::uint64_t bytes_read) noexcept {
    asking_ = true;
    bytes_when_asked_ = bytes_read;
}

bool IdleCheck::on_end(bool in_time, std::uint64_t bytes_read, TimePoint now) noexcept {
    asking_ = false;
    const bool silent = !in_time && bytes_read == bytes_when_asked_;
    misses_ = silent ? misses_ + 1 : 0;
    if (!silent) heard_ = now;
    return misses_ >= most_misses;
}

}  // namespace cdp
