#include "agent/realtime/core/payload_limit.hpp"

namespace realtime {
namespace {

/// Payload limits that backends come with; a refusal of less than one of them points to the next smaller one.
constexpr std::size_t usual_limits[] = {3'000'000, 1'000'000, 256'000};

std::size_t limit_below(std::size_t refused) noexcept {
    for (const std::size_t usual : usual_limits) {
        if (usual < refused) return usual;
    }
    return refused / 2;
}

}  // namespace

bool PayloadLimit::lower(std::size_t refused) noexcept {
    const std::size_t next = limit_below(refused);
    if (next >= now_) return false;
    now_ = next;
    return true;
}

bool PayloadLimit::ended_by(std::size_t largest, bool told) noexcept {
    losses_with_a_giant_ = largest > giant ? losses_with_a_giant_ + 1 : 0;
    if (!told && losses_with_a_giant_ < losses_until_given_up) return false;
    losses_with_a_giant_ = 0;
    return true;
}

}  // namespace realtime
