// Turns of those who wait until the pace has room for one more broadcast each: who waits longest comes first, and only
// as many go as there is room for. What the others have to say is gathered meanwhile. Pure: time is an argument.
#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "platform/core/time_point.hpp"

namespace relay {

/// The place of one of them. Stays where it is while it waits.
struct PaceTurn {
    bool waits = false;
    TimePoint at = TimePoint::max();  // when to ask again; max(): others come first
};

class PaceTurns {
  public:
    /// When the pace has room for one more, as it looks at that time.
    using RoomAt = std::function<TimePoint(TimePoint now)>;

    explicit PaceTurns(RoomAt room_at) : room_at_{std::move(room_at)} {}

    /// Whether its owner, who has something to send, may do so now. Else it waits, until it has sent or leaves.
    bool has(PaceTurn& turn, TimePoint now);
    /// It has sent, or has nothing to send any more.
    void leave(PaceTurn& turn, TimePoint now);
    /// The pace is another one: the room may come earlier.
    void look_again(TimePoint now);

  private:
    RoomAt room_at_;
    std::deque<PaceTurn*> waiting_;
};

}  // namespace relay
