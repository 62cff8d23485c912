// Whether a launched browser is due to be started anew: for its age, its memory, or since its binary was updated.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "cdp/settings.hpp"

namespace cdp {

class BrowserAge {
  public:
    /// The settings outlive it. `pid` leads the browser's process group.
    BrowserAge(const Settings& settings, pid_t pid, TimePoint started) noexcept
        : settings_{settings}, pid_{pid}, started_{started} {}

    /// Whether the owner wants any restarts.
    static bool matters(const Settings& settings) noexcept;

    /// Notes which binary runs, the first time: not at the start, since a wrapper script has to exec the browser first.
    void note_binary();
    bool restart_due(TimePoint now) const;

  private:
    bool updated() const;

    const Settings& settings_;
    pid_t pid_;
    TimePoint started_;
    std::string binary_;  // what /proc says that runs
    std::int64_t binary_time_ = 0;
};

}  // namespace cdp
