// The search for a server that does not answer at all: how long a try may take and how soon the next one comes. A try
// costs such a server nothing, so they come fast enough that a link that heals is noticed within seconds.
#pragma once

#include <algorithm>
#include <optional>

#include "platform/core/time_point.hpp"

namespace realtime {

class Search {
  public:
    /// `cap`: the longest wait between two tries. `patience`: after it the ordinary backoff holds.
    static constexpr std::chrono::seconds cap{2};
    static constexpr std::chrono::minutes patience{10};
    /// Every other try is short, for the kernel repeats a lost SYN ever more rarely.
    static constexpr std::chrono::seconds short_try{3};
    /// And the others end soon after the SYN at 7 s, for the next one comes at 15 s: a link that heals in between would
    /// wait for it. Only where the way was known to be quick; a slow one gets all its time.
    static constexpr std::chrono::milliseconds long_try{7500};
    static constexpr std::chrono::seconds quick_way{3};

    /// The server was reached, after so long.
    void found(Duration took) noexcept {
        quick_ = took < quick_way;
        since_.reset();
    }
    /// It answered, if only to refuse.
    void answered() noexcept { since_.reset(); }

    /// It was not reached. Whether the next try comes within `cap`.
    bool missed(TimePoint now) noexcept {
        ++tries_;
        if (!since_) since_ = now;
        return now - *since_ <= patience;
    }

    /// Of the next try; `whole` is what the owner allows.
    Duration timeout(Duration whole, TimePoint now) const noexcept {
        if (since_ && tries_ % 2 == 1) return std::min<Duration>(whole, short_try);
        const bool for_long = since_ && now - *since_ > patience;
        return quick_ && !for_long ? std::min<Duration>(whole, long_try) : whole;
    }

  private:
    std::optional<TimePoint> since_;
    unsigned tries_ = 0;
    bool quick_ = false;  // so was the way to the server the last time
};

}  // namespace realtime
