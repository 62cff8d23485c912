// Writes to the socket: what others push, and what its source has to send, everything queued in one go. Numbers the
// messages. Thread rule: the loop's thread.
#pragma once

#include <string>

#include "agent/realtime/connection_end.hpp"
#include "agent/realtime/core/frame.hpp"
#include "agent/realtime/pusher.hpp"
#include "agent/realtime/results.hpp"
#include "platform/turn.hpp"
#include "platform/websocket/websocket.hpp"

namespace realtime {

/// Where the writer finds more to write.
class WriteSource {
  public:
    /// Queues what may be sent now. Returns when there may be more; TimePoint::max(): after the next Writer::wake().
    virtual TimePoint fill(TimePoint now) = 0;

  protected:
    ~WriteSource() = default;
};

class Writer final : public Pusher, public BroadcastSink, platform::TurnEnd {
  public:
    /// Everything handed in by reference outlives it.
    Writer(const net::any_io_executor& executor, platform::WebSocket& socket, Vsn vsn, WriteSource& source,
           ConnectionEnd& ending);

    Ref push(Ref join_ref, std::string_view topic, std::string_view event, std::string_view payload) override;
    Ref push_join(std::string_view topic, std::string_view payload) override;
    Ref broadcast(Ref join_ref, std::string_view topic, const Message& message) override;
    bool full() const override { return socket_.queued() >= platform::WebSocket::flush_at; }

    /// The source may have something: asked at the end of the reader's turn where one runs, else at once.
    void wake();

    /// Writes what is queued, then the close frame.
    void close();

    awaitable<void> run();

  private:
    void at_turn_end() override;
    awaitable<void> wait(TimePoint until);

    platform::WebSocket& socket_;
    const Vsn vsn_;
    WriteSource& source_;
    ConnectionEnd& ending_;
    platform::Timer timer_;
    bool waits_ = false;
    TimePoint until_{};  // while it waits
    Ref last_ref_ = no_ref;
    std::string head_;  // reused for every message's envelope
};

}  // namespace realtime
