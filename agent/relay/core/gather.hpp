// How long what waits for the other end of a client's stream waits for more. A broadcast costs the tenant the same
// whether it holds one message or twenty, and a browser's events come in groups: a short wait sends a group as one.
// What somebody waits for waits a moment that is short beside the way of a message. News, for which nobody may be
// waiting, wait until the browser pauses; they go with what goes before. Pure: time is an argument.
#pragma once

#include <algorithm>

#include "platform/core/time_point.hpp"

namespace relay {

class Gather {
  public:
    /// Something that is waited for came. All that waits goes when nothing more comes for `patience`, and `most` after
    /// the first such thing at the latest.
    void came(Duration patience, Duration most, TimePoint now) noexcept { wanted_.came(patience, most, now); }
    /// News came: likewise. Something that is waited for makes all go earlier.
    void news(Duration patience, Duration most, TimePoint now) noexcept { news_.came(patience, most, now); }
    /// News came that other news follow: they go with those, and after `most` at the latest.
    void progress(Duration most, TimePoint now) noexcept {
        if (due_at() == TimePoint::max()) news(most, most, now);
    }
    /// All that waited may go.
    void over() noexcept { wanted_ = news_ = {}; }

    /// Something that is waited for is among what waits.
    bool wanted() const noexcept { return wanted_.due != TimePoint::max(); }
    bool holds(TimePoint now) const noexcept { return due_at() != TimePoint::max() && now < due_at(); }
    /// When what waits is to go; TimePoint::max(): nothing waits.
    TimePoint due_at() const noexcept { return std::min(wanted_.due, news_.due); }

  private:
    struct Wait {
        TimePoint due = TimePoint::max();
        TimePoint last = TimePoint::max();
        void came(Duration patience, Duration most, TimePoint now) noexcept {
            if (due == TimePoint::max()) last = now + most;
            due = std::min(now + patience, last);
        }
    };
    Wait wanted_;
    Wait news_;
};

}  // namespace relay
