#include "agent/relay/core/shares.hpp"

namespace relay {

Shares::Verdict Shares::judge(realtime::SenderId who, std::size_t bytes) const noexcept {
    const realtime::Slot slot = senders_.find(who);
    const std::size_t in_shared = senders_.held(realtime::SenderTable::shared);
    const std::size_t most = 2 * limits_.commands;
    const std::size_t all = senders_.total() - in_shared;
    if (slot == realtime::SenderTable::shared) {
        if (in_shared >= shared_slot_share * limits_.commands) return Verdict::too_many;
    } else if (all >= most || senders_.held(slot) >= most - all) {
        return Verdict::too_many;
    }
    if (bytes_ + bytes > limits_.bytes) return Verdict::too_large;
    if (bytes > small && slot_bytes_[slot] + bytes > byte_share * (limits_.bytes - bytes_)) return Verdict::too_large;
    return Verdict::admitted;
}

void Shares::hold(realtime::Slot slot, std::size_t bytes) noexcept {
    slot_bytes_[slot] += bytes;
    bytes_ += bytes;
}

void Shares::release(realtime::Slot slot, std::size_t bytes) noexcept {
    slot_bytes_[slot] -= bytes;
    bytes_ -= bytes;
}

}  // namespace relay
