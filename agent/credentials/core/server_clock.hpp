// What the server's clock shows: by its Date header, kept against the clock that nobody sets, so that it stays right
// when ours is set, as it is by NTP soon after a start.
#pragma once

#include <optional>

#include "platform/core/time_point.hpp"

namespace credentials {

class ServerClock {
  public:
    using Time = std::chrono::system_clock::time_point;

    /// A Date came. It has whole seconds and was on its way: a smaller difference than this says nothing, ours is
    /// taken.
    static constexpr std::chrono::seconds blur{2};

    void learn(Time theirs, Time ours, TimePoint now) noexcept {
        const auto difference = theirs - ours;
        const bool agree = difference < blur && -difference < blur;
        at_boot_ = (agree ? ours : theirs).time_since_epoch() - now.time_since_epoch();
    }

    /// Ours, until a Date has come.
    Time at(Time ours, TimePoint now) const noexcept {
        if (!at_boot_) return ours;
        return Time{std::chrono::duration_cast<Time::duration>(*at_boot_ + now.time_since_epoch())};
    }

  private:
    std::optional<Duration> at_boot_;  // what it showed when our boot clock showed zero
};

}  // namespace credentials
