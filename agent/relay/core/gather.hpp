// How long what waits for the other end of a client's stream waits for more. A broadcast costs the tenant the same
// whether it holds one message or twenty, and a browser's news come in flocks: a moment of patience sends a flock as
// one. The moment is short beside the way of a message. Pure: time is an argument.
#pragma once

#include <algorithm>

#include "platform/core/time_point.hpp"

namespace relay {

class Gather {
  public:
    /// Something to be sent came. All that waits goes when nothing more comes for `patience`, and `most` after the
    /// first of it at the latest.
    void came(Duration patience, Duration most, TimePoint now) noexcept {
        if (due_ == TimePoint::max()) last_ = now + most;
        due_ = std::min(now + patience, last_);
    }
    /// All that waited may go.
    void over() noexcept { due_ = TimePoint::max(); }

    bool holds(TimePoint now) const noexcept { return due_ != TimePoint::max() && now < due_; }
    /// When what waits is to go; TimePoint::max(): nothing waits.
    TimePoint due_at() const noexcept { return due_; }

  private:
    TimePoint due_ = TimePoint::max();
    TimePoint last_ = TimePoint::max();
};

}  // namespace relay
