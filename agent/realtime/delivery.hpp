// What waits to be sent on the device channel, how fast it may leave, and how large a message may be. Outlives
// connections. Thread rule: the loop's thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "agent/realtime/core/budget.hpp"
#include "agent/realtime/core/frame.hpp"
#include "agent/realtime/core/outbox.hpp"
#include "agent/realtime/core/payload_limit.hpp"
#include "agent/realtime/link_status.hpp"
#include "agent/realtime/settings.hpp"
#include "agent/realtime/supervisor.hpp"

namespace realtime {

class Delivery {
  public:
    /// Everything handed in by reference outlives it.
    Delivery(const Settings& settings, LinkStatus& status, Listener& listener);

    /// False: no room for it.
    bool publish(Message message);

    /// The answer to one of our pushes. True: it refused a message of the outbox, so that others may be sent now.
    bool on_reply(const Frame& frame, TimePoint now);

    /// Tells the listener what became of messages, and counts it.
    void report_settled();

    /// The next message of the lane was written with that ref. `joined` as in Outbox::sent().
    void sent(Lane lane, Ref ref, Duration joined);

    /// The next message of the lane exceeds the payload limit: it is settled. False: it does not.
    bool drop_too_large(Lane lane, const Message& message);

    /// Gives up what was sent and not acknowledged in time.
    void expire(TimePoint now);

    /// The channel or the socket ended while messages were in flight: they wait again. `too_large`: the server closed
    /// it for the size.
    void link_lost(bool too_large);

    /// Whether a message of that lane may leave now; takes it from the budget if so.
    bool may_send(Lane lane, TimePoint now) { return unpaced_ || budget_.take(lane, now); }
    /// When the pace has room for one more message of that lane behind `ahead` others. Not before `now`.
    TimePoint room_at(Lane lane, TimePoint now, std::size_t ahead) {
        return unpaced_ ? now : budget_.ready_at(lane, now, ahead);
    }
    /// Nothing is sent before: the server could not take a message just now.
    TimePoint send_after() const noexcept { return send_after_; }

    /// The agent is about to leave: what waits goes out at once. A closure for the rate hurts nobody who stays.
    void stop_pacing();
    /// The server closed the channel for the tenant's rate.
    void closed_for_rate(TimePoint now);
    /// The pace, its ceiling and why, as they are now, and what waits.
    void show(TimePoint now);

    Outbox& outbox() noexcept { return outbox_; }
    const Outbox& outbox() const noexcept { return outbox_; }
    Budget& budget() noexcept { return budget_; }
    std::size_t payload_limit() const noexcept { return payload_limit_.now(); }

  private:
    bool refused(Ref ref, std::string_view words, TimePoint now);
    void lower_payload_limit(std::size_t refused_size);

    LinkStatus& status_;
    Listener& listener_;
    Outbox outbox_;
    Budget budget_;
    PayloadLimit payload_limit_;
    TimePoint send_after_{};
    bool unpaced_ = false;
};

}  // namespace realtime
