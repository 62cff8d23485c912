// Another agent that claims to be this same device: presence says who is on the device's channel, core/twins decides
// whether this agent gives way, and this loop keeps the deadlines and shows what was decided.
// Thread rule: the loop's thread.
#pragma once

#include <string>

#include "agent/realtime/core/frame.hpp"
#include "agent/realtime/core/presence_state.hpp"
#include "agent/realtime/incoming_broadcasts.hpp"
#include "agent/realtime/link_memory.hpp"
#include "agent/realtime/standstill_check.hpp"

namespace realtime {

class TwinWatch final : public BroadcastWatch {
  public:
    /// What of the memory it works with; all of it outlives the watch.
    struct Needs {
        const Settings& settings;
        LinkStatus& status;
        Listener& listener;
        Twins& twins;
        const OwnPresence& own;
        const RecentIds& sent_by_http;
    };
    TwinWatch(const net::any_io_executor& executor, const Needs& needs, StandstillCheck& standstill);

    awaitable<void> run();

    /// The device's channel was joined anew: nobody is known to be on it.
    void joined();
    /// presence_state or presence_diff of the device's channel.
    void on_presence(const Frame& frame);
    /// A command or a result came on the device's channel.
    void on_broadcast(const Frame& frame) override;
    /// Whether an elder agent of the same device is there, as OwnPresence is now.
    void judge();

  private:
    void follow();
    void show(Twin twin);

    const Needs with_;
    StandstillCheck& standstill_;
    PresenceState presence_;
    platform::Timer timer_;
};

}  // namespace realtime
