// The last join of the device channel, kept in Settings::memory over restarts: stored messages are asked for since
// then. Thread rule: the loop's thread.
#pragma once

#include "agent/credentials/device_memory.hpp"
#include "agent/realtime/link_memory.hpp"
#include "platform/net.hpp"

namespace realtime {

/// How often it is written while joined, besides at each join. Nothing but a kill makes use of it: stored messages are
/// then asked for since the last writing. Where the time without a join is limited, that is counted from it, so it may
/// be off by a tenth.
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
    explicit LastJoined(const Needs& needs) : with_{needs}, due_{needs.executor} {}

    /// Reads it into Replay; never from before the pairing.
    awaitable<void> recall();
    /// Writes it at each join, and now and then, until it is cancelled.
    awaitable<void> keep();
    /// Writes it where there is something new; not after an unpairing.
    awaitable<void> write();

    /// The device channel was joined just now. What was stored meanwhile is still to come.
    void on_joined();

  private:
    credentials::LastJoin present() const;
    TimePoint next() const;

    const Needs with_;
    platform::Timer due_;               // of the next writing
    bool due_now_ = false;              // a join that was not looked at yet
    credentials::WallMillis joined_{};  // the last join of this run
    credentials::LastJoin written_{};   // last, or last tried
};

}  // namespace realtime
