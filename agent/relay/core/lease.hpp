// How long a client that posts nothing is kept: it stands still while the channel is not joined, since nobody can post
// then. Pure.
#pragma once

#include <algorithm>

#include "platform/core/time_point.hpp"

namespace relay {

class Lease {
  public:
    /// `running`: the channel is joined.
    Lease(Duration length, bool running, TimePoint now) noexcept
        : length_{length}, left_{length}, running_{running}, since_{now} {}

    /// The client showed itself.
    void renew(TimePoint now) noexcept {
        left_ = length_;
        since_ = now;
    }

    void set_running(bool running, TimePoint now) noexcept {
        if (running_) left_ -= std::min(left_, now - since_);
        running_ = running;
        since_ = now;
    }

    /// When it is over; TimePoint::max(): it stands still.
    TimePoint ends_at() const noexcept { return running_ ? since_ + left_ : TimePoint::max(); }
    bool over(TimePoint now) const noexcept { return now >= ends_at(); }
    /// The channel is joined.
    bool runs() const noexcept { return running_; }
    Duration length() const noexcept { return length_; }

  private:
    Duration length_;
    Duration left_;
    bool running_;
    TimePoint since_;
};

}  // namespace relay
