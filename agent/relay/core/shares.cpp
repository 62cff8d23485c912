#include "agent/relay/core/shares.hpp"

namespace relay {

Shares::Verdict Shares::judge(realtime::SenderId who, std::size_t bytes) const noexcept {
    const realtime::Seat seat = senders_.find(who);
    const std::size_t crowd = senders_.held(realtime::SenderTable::crowd);
    const std::size_t most = 2 * limits_.commands;
    const std::size_t all = senders_.total() - crowd;
    if (seat == realtime::SenderTable::crowd) {
        if (crowd >= crowd_share * limits_.commands) return Verdict::too_many;
    } else if (all >= most || senders_.held(seat) >= most - all) {
        return Verdict::too_many;
    }
    if (bytes_ + bytes > limits_.bytes) return Verdict::too_large;
    if (bytes > small && seat_bytes_[seat] + bytes > byte_share * (limits_.bytes - bytes_)) return Verdict::too_large;
    return Verdict::admitted;
}

void Shares::hold(realtime::Seat seat, std::size_t bytes) noexcept {
    seat_bytes_[seat] += bytes;
    bytes_ += bytes;
}

void Shares::release(realtime::Seat seat, std::size_t bytes) noexcept {
    seat_bytes_[seat] -= bytes;
    bytes_ -= bytes;
}

}  // namespace relay
