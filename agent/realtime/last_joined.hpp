// When the device channel was joined last, kept in Settings::last_joined_file over restarts: stored messages are asked
// for since then. Thread rule: the loop's thread. Lifetime: the Link outlives it.
#pragma once

#include <cstdint>

#include "agent/realtime/link.hpp"
#include "platform/net.hpp"

namespace realtime {

class LastJoined {
  public:
    explicit LastJoined(Link& link) noexcept : link_{link} {}

    /// Reads the file into Link::replay_since_ms; never from before the pairing.
    awaitable<void> recall();
    /// Writes it now and then until it is cancelled.
    awaitable<void> keep();
    /// Writes it where there is something new; not after an unpairing.
    awaitable<void> write();

  private:
    Link& link_;
    std::int64_t written_ms_ = 0;  // in the file
};

}  // namespace realtime
