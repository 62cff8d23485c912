// Heartbeats, and the deadline by which something must have come. Any inbound byte counts as a sign of life.
// Thread rule: the loop's thread.
#pragma once

#include <cstdint>

#include "agent/realtime/connection_end.hpp"
#include "agent/realtime/core/frame.hpp"
#include "agent/realtime/pusher.hpp"
#include "agent/realtime/settings.hpp"
#include "platform/net.hpp"

namespace realtime {

/// What the heartbeat asks of its connection, and what it tells.
class Pulse {
  public:
    virtual std::uint64_t bytes_read() const = 0;
    /// When the last frame arrived.
    virtual TimePoint last_heard() const = 0;
    /// The server says nothing while it handles a join.
    virtual bool joining() const = 0;
    /// A heartbeat of the regular beat was sent.
    virtual void on_beat(TimePoint now) = 0;
    /// A heartbeat was answered.
    virtual void on_answer(Duration round_trip) = 0;

  protected:
    ~Pulse() = default;
};

class Heartbeat {
  public:
    /// After check_now() an answer has to come within this time.
    static constexpr Duration answer_within = std::chrono::seconds{10};

    /// Everything handed in by reference outlives it.
    Heartbeat(const net::any_io_executor& executor, const Settings& settings, Pulse& pulse, Pusher& pusher,
              ConnectionEnd& ending);

    /// Until the connection counts as dead, which finishes it, or until it is cancelled.
    awaitable<void> run();

    /// The patience for silence has changed (Pulse::joining).
    void wake() { timer_.cancel(); }

    /// The machine slept, or the process stood still: what stood may be gone. An answer has to come soon, and until it
    /// has come what arrives is stale.
    void check_now();
    bool stale() const noexcept { return stale_; }

    /// A frame on the heartbeat's topic.
    void on_frame(const Frame& frame);

  private:
    void send(TimePoint now);
    void listen(TimePoint now, TimePoint deadline);
    Duration patience() const;
    TimePoint dead_at() const;

    const Settings& settings_;
    Pulse& pulse_;
    Pusher& pusher_;
    ConnectionEnd& ending_;
    platform::Timer timer_;
    std::uint64_t seen_bytes_ = 0;
    TimePoint heard_{};
    Ref awaited_ = no_ref;  // of the heartbeat whose answer is awaited; no_ref: none
    TimePoint sent_{};
    TimePoint check_by_{};  // an answer has to come by then, whatever the silence allowed; zero: no such
    bool stale_ = false;
};

}  // namespace realtime
