// The orderly end of a connection: drains what waits, leaves the channels, closes; all before the time of the stop.
// Thread rule: the loop's thread.
#pragma once

#include <optional>

#include "agent/realtime/connection_end.hpp"
#include "agent/realtime/core/outbox.hpp"
#include "platform/net.hpp"

namespace realtime {

/// The connection that is to end.
class DrainTarget {
  public:
    /// Whether what waits in the outbox may still go out.
    virtual bool can_deliver() const = 0;
    /// Leaves the channels and sends the close frame.
    virtual void leave() = 0;

  protected:
    ~DrainTarget() = default;
};

class Drain {
  public:
    /// Of the time until the end, the part that is kept for the close itself.
    static constexpr int close_part = 4;

    /// Everything handed in by reference outlives it.
    Drain(const net::any_io_executor& executor, const std::optional<TimePoint>& stop_by, const Outbox& outbox,
          DrainTarget& target, ConnectionEnd& ending);

    /// Begins once `stop_by` is set; finishes the connection, unless it is cancelled before.
    awaitable<void> run();

    /// `stop_by`, the outbox or what can_deliver() says has changed.
    void wake() { timer_.cancel(); }

  private:
    const std::optional<TimePoint>& stop_by_;
    const Outbox& outbox_;
    DrainTarget& target_;
    ConnectionEnd& ending_;
    platform::Timer timer_;
};

}  // namespace realtime
