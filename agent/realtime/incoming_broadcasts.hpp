// Hands the broadcasts that arrive to the Listener: stored ones once, commands only while this agent relays.
// Thread rule: the loop's thread.
#pragma once

#include "agent/realtime/core/frame.hpp"
#include "agent/realtime/core/replay.hpp"
#include "agent/realtime/link_status.hpp"
#include "agent/realtime/subscription.hpp"
#include "agent/realtime/supervisor.hpp"

namespace realtime {

/// Who sees what came on the device's channel before it is relayed, and may have it silenced (Status::silenced).
class BroadcastWatch {
  public:
    virtual void on_broadcast(const Frame& frame) = 0;

  protected:
    ~BroadcastWatch() = default;
};

class IncomingBroadcasts {
  public:
    /// Everything handed in by reference outlives it.
    IncomingBroadcasts(LinkStatus& status, Replay& replay, BroadcastWatch& watch, Listener& listener) noexcept
        : status_{status}, replay_{replay}, watch_{watch}, listener_{listener} {}

    /// The device's channel was joined anew: what is stored comes again.
    void joined() noexcept { replayed_ = 0; }

    /// `stale`: it waited in the socket over a suspend or a stop of the process.
    void on_frame(const Subscription& subscription, const Frame& frame, bool stale);

  private:
    bool is_silenced(const Frame& frame) const;

    LinkStatus& status_;
    Replay& replay_;
    BroadcastWatch& watch_;
    Listener& listener_;
    int replayed_ = 0;  // stored broadcasts since the join
};

}  // namespace realtime
