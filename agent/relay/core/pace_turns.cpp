#include "agent/relay/core/pace_turns.hpp"

namespace relay {

bool PaceTurns::has(PaceTurn& turn, TimePoint now) {
    const bool first = waiting_.empty() || waiting_.front() == &turn;
    const TimePoint room = first ? room_at_(now) : TimePoint::max();
    if (room <= now) return true;
    if (!turn.waits) waiting_.push_back(&turn);
    turn.waits = true;
    turn.at = room;
    return false;
}

void PaceTurns::leave(PaceTurn& turn, TimePoint now) {
    if (!turn.waits) return;
    std::erase(waiting_, &turn);
    turn = {};
    look_again(now);
}

void PaceTurns::look_again(TimePoint now) {
    if (!waiting_.empty()) waiting_.front()->at = room_at_(now);
}

}  // namespace relay
