#include "agent/relay/core/traffic.hpp"

#include <algorithm>

namespace relay {

void Latency::count(Duration took) noexcept {
    const auto bucket =
        std::find_if(latency_bounds.begin(), latency_bounds.end(), [&](auto bound) { return took <= bound; });
    ++buckets_[static_cast<std::size_t>(bucket - latency_bounds.begin())];
    sum_ += took;
}

}  // namespace relay
