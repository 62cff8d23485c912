#include "platform/http/curl_pace.hpp"

#include <algorithm>

namespace platform {

Duration CurlPace::rest(TimePoint now) noexcept {
    const TimePoint earliest = now - turn_time * turns_at_once;
    due_ = std::max(due_ + turn_time, earliest + turn_time);
    return std::max(due_ - now, Duration::zero());
}

}  // namespace platform
