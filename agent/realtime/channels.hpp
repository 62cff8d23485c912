// Joins the channels of a connection one at a time, the device's first, and again when the server ends one. A refusal
// costs the whole socket five seconds of silence at the server, so refused channels are remembered.
// Thread rule: the loop's thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/credentials/tokens.hpp"
#include "agent/realtime/connection_end.hpp"
#include "agent/realtime/core/failure.hpp"
#include "agent/realtime/core/lifecycle.hpp"
#include "agent/realtime/core/outbox.hpp"
#include "agent/realtime/core/reconnect.hpp"
#include "agent/realtime/core/replay.hpp"
#include "agent/realtime/link_status.hpp"
#include "agent/realtime/pusher.hpp"
#include "agent/realtime/results.hpp"
#include "agent/realtime/subscription.hpp"
#include "agent/realtime/token_push.hpp"

namespace realtime {

/// A channel is refused, closed, crashed, or its join was not answered.
struct ChannelLoss {
    const Judgement& judgement;
    std::string_view words;  // the server's
    Generation used = 0;     // of the token that it speaks of
    bool closed = false;     // it was there before
};

/// What becomes of the channels.
class ChannelListener {
  public:
    virtual void on_join_sent(const Subscription& subscription, const credentials::Token& token) = 0;
    virtual void on_joined(const Subscription& subscription) = 0;
    /// False: an optional channel that is not joined again on this connection.
    virtual bool on_lost(const Subscription& subscription, const ChannelLoss& loss) = 0;
    /// It is left right after the call.
    virtual void on_leaving(const Subscription& subscription) = 0;
    /// A leave of ours was answered.
    virtual void on_left() = 0;
    /// Everything else that a channel was sent.
    virtual void on_event(const Subscription& subscription, ChannelEvent event, const Frame& frame) = 0;

  protected:
    ~ChannelListener() = default;
};

class Channels final : public TokenHolders, public DeviceChannel {
  public:
    /// Optional channels wait until no command has come for this time.
    static constexpr Duration quiet = std::chrono::seconds{10};

    /// What of the memory it works with; all of it outlives the channels.
    struct Needs {
        const Settings& settings;
        credentials::Tokens& tokens;
        LinkStatus& status;
        Replay& replay;
        Reconnect& reconnect;
        const Outbox& outbox;
        const std::optional<TimePoint>& stop_by;
    };
    Channels(const net::any_io_executor& executor, const Needs& needs, Pusher& pusher, ChannelListener& listener,
             ConnectionEnd& ending);

    /// Once, before run(): which channels there are. Their addresses stay. `uuid` is the device's.
    const std::vector<Subscription>& begin(const std::string& uuid);

    awaitable<void> run();

    void on_frame(const Frame& frame);

    /// A stop was asked for, or something else waits to be delivered: the device's channel may be joined once more.
    void stopping() {
        if (wants_last_join()) timer_.cancel();
    }
    void leave_all();
    /// The connection is over.
    void reset();

    bool joining() const;
    /// Whether what waits in the outbox may still go out on this connection.
    bool can_deliver() const;
    const Channel* joined_device() const override {
        return device_is(Channel::State::joined) ? &all_.front().channel : nullptr;
    }

    bool behind(Generation present) const override;
    void push_token(Generation present, std::string_view access, TimePoint now) override;
    void another_token(TimePoint now) override;

  private:
    Subscription* due(TimePoint now);
    TimePoint next_due(TimePoint now) const;
    /// At a stop answers wait and the device's channel was closed: one join at once, whatever the wait was to be.
    bool wants_last_join() const;
    bool device_is(Channel::State state) const { return !all_.empty() && all_.front().is(state); }

    awaitable<void> join(Subscription& subscription);
    void send_join(Subscription& subscription);
    void take(Subscription& subscription, ChannelEvent event, const Frame& frame);
    void joined(Subscription& subscription);
    void lost(Subscription& subscription, const Signal& signal, Event event);
    void device_lost(Subscription& device, const ChannelLoss& loss, Event event);
    void optional_lost(Subscription& subscription, const ChannelLoss& loss);
    awaitable<void> fetch_token();
    void show(const Subscription& subscription);

    const Needs with_;
    Pusher& pusher_;
    ChannelListener& listener_;
    ConnectionEnd& ending_;
    std::vector<Subscription> all_;  // the device's first; empty before begin(), never changed afterwards
    platform::Timer timer_;
    TimePoint quiet_until_{};
    Generation fresh_wanted_for_ = 0;  // a token other than this one is asked for; 0: none is
    bool last_join_tried_ = false;     // since the stop
};

}  // namespace realtime
