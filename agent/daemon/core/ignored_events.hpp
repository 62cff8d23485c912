// Events on the channel that mean nothing to the agent: all are counted, each name is logged once (contract, section
// 2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

namespace agent::daemon {

/// Senders can make up names without end: beyond this number they are only counted.
inline constexpr std::size_t told_event_names = 32;

class IgnoredEvents {
  public:
    /// Counts one; true when its name is to be logged.
    bool take(const std::string& name) {
        ++count_;
        return names_.size() < told_event_names && names_.insert(name).second;
    }
    std::uint64_t count() const noexcept { return count_; }

  private:
    std::set<std::string> names_;
    std::uint64_t count_ = 0;
};

}  // namespace agent::daemon
