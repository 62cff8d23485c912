// One live connection to Realtime: opened, served by a group of loops, and over when the first of them says so. It
// groups the types that do the work, one loop each, and carries what one of them tells to those that it concerns.
// Made anew for every connection; what has to outlive it is in LinkMemory.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/realtime/channels.hpp"
#include "agent/realtime/connection_end.hpp"
#include "agent/realtime/drain.hpp"
#include "agent/realtime/heartbeat.hpp"
#include "agent/realtime/incoming_broadcasts.hpp"
#include "agent/realtime/link_memory.hpp"
#include "agent/realtime/presence.hpp"
#include "agent/realtime/results.hpp"
#include "agent/realtime/socket.hpp"
#include "agent/realtime/token_push.hpp"
#include "agent/realtime/twin_watch.hpp"
#include "agent/realtime/writer.hpp"
#include "platform/standstill.hpp"

namespace realtime {

class Session final : FrameSink, WriteSource, Pulse, ChannelListener, DrainTarget, StandstillCheck {
  public:
    explicit Session(LinkMemory& memory);

    /// Opens the connection within `connect_timeout`. Nothing: it stands. Else: why not.
    awaitable<std::optional<End>> open(Duration connect_timeout);

    /// Joins and serves until it is over.
    awaitable<End> serve();

    /// Something may be there to be written, or LinkMemory::stop_by was set.
    void wake();

    /// The machine slept, or the process stood still: the connection is checked at once, commands count as stale until
    /// it has answered.
    void resumed();

    /// resumed(), where the process stood still and this session has not seen to it yet.
    void look_for_standstill() override;

    /// OwnPresence or the device's name changed: shown on all channels, as soon as the server's limit allows.
    void follow_presence();

    std::uint64_t bytes_read() const override { return socket_.websocket().bytes_read(); }
    std::uint64_t bytes_written() const { return socket_.websocket().bytes_written(); }

  private:
    // --- of the socket
    void on_message() override;
    void on_frame(const Frame& frame) override;
    void on_read() override { memory_.delivery.report_settled(); }

    // --- of the writer
    TimePoint fill(TimePoint now) override { return results_.fill(now); }

    // --- of the heartbeat
    TimePoint last_heard() const override { return socket_.websocket().last_heard(); }
    bool joining() const override { return channels_.joining(); }
    void on_beat(TimePoint now) override;
    void on_answer(Duration round_trip) override;

    // --- of the channels
    void on_join_sent(const Subscription& subscription, const credentials::Token& token) override;
    void on_joined(const Subscription& subscription) override;
    bool on_lost(const Subscription& subscription, const ChannelLoss& loss) override;
    void on_leaving(const Subscription& subscription) override { presence_.leaving(subscription.channel); }
    void on_left() override { drain_.wake(); }
    void on_event(const Subscription& subscription, ChannelEvent event, const Frame& frame) override;

    // --- of the drain
    bool can_deliver() const override { return channels_.can_deliver(); }
    void leave() override;

    void on_device_joined();
    void on_device_lost(const ChannelLoss& loss);
    void on_reply(const Frame& frame);
    awaitable<void> run_group();

    LinkMemory& memory_;
    ConnectionEnd ending_;
    Socket socket_;
    Writer writer_;
    Channels channels_;
    Results results_;
    Heartbeat heartbeat_;
    Presence presence_;
    TwinWatch twin_watch_;
    IncomingBroadcasts broadcasts_;
    TokenPush token_push_;
    Drain drain_;
    platform::Standstills& standstills_;
    std::uint64_t standstills_seen_;
};

}  // namespace realtime
