// When a restart that may wait is due: as soon as nobody uses the agent, at the latest after a grace.
// Pure: the owner looks again at the times that it returns.
#pragma once

#include <cstdint>
#include <optional>

#include "platform/core/time_point.hpp"

namespace agent::daemon {

/// What the owner sees when it looks.
struct Use {
    bool busy = false;           // something is in flight, or waits to be fetched
    std::uint64_t commands = 0;  // all that ever came: one that came and went between two looks counts too
};

class PatientRestart {
  public:
    /// Between two looks, however short the quiet time is.
    static constexpr Duration shortest_wait = std::chrono::milliseconds{100};

    /// `quiet`: nobody uses the agent after this time without a command. `grace`: the longest wait.
    constexpr PatientRestart(TimePoint asked, Duration grace, Duration quiet) noexcept
        : latest_{asked + grace}, quiet_{quiet}, quiet_since_{asked} {}

    /// The time of the next look, or nothing: restart now.
    std::optional<TimePoint> look(TimePoint now, Use use) noexcept;

  private:
    TimePoint latest_;
    Duration quiet_;
    TimePoint quiet_since_;
    std::optional<std::uint64_t> commands_;  // as of the look before
};

}  // namespace agent::daemon
