// When the device channel was joined last, kept in Settings::last_joined_file over restarts: stored messages are asked
// for since then. Thread rule: the loop's thread.
#pragma once

#include <cstdint>

#include "agent/realtime/link_memory.hpp"
#include "platform/net.hpp"

namespace realtime {

/// How often it is written while joined. Nothing but a kill makes use of it: stored messages are then asked for since
/// the last writing. Where the time without a join is limited, that is counted from it, so it may be off by a tenth.
Duration last_joined_period(Duration max_offline);

class LastJoined {
  public:
    /// What of the memory it works with; all of it outlives this.
    struct Needs {
        net::any_io_executor executor;
        platform::Worker& files;
        const Settings& settings;
        const credentials::Tokens& tokens;
        const LinkStatus& status;
        Replay& replay;
    };
    explicit LastJoined(const Needs& needs) : with_{needs} {}

    /// Reads the file into Replay; never from before the pairing.
    awaitable<void> recall();
    /// Writes it now and then until it is cancelled.
    awaitable<void> keep();
    /// Writes it where there is something new; not after an unpairing.
    awaitable<void> write();

  private:
    const Needs with_;
    std::int64_t written_ms_ = 0;  // in the file
};

}  // namespace realtime
