// One live connection to Realtime: opened, served by a group of loops (read, write, heartbeat, join, token, stop),
// and over when the first of them says so. One file a loop: read_loop.cpp, write_loop.cpp, …
// Made anew for every connection; what has to outlive it is in Link.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/judge.hpp"
#include "agent/realtime/core/channel.hpp"
#include "agent/realtime/core/frame.hpp"
#include "agent/realtime/core/presence.hpp"
#include "agent/realtime/core/presence_pace.hpp"
#include "agent/realtime/link.hpp"
#include "platform/standstill.hpp"
#include "platform/turn.hpp"
#include "platform/websocket.hpp"

namespace realtime {

/// Why a connection is over, or why there was none.
struct End {
    enum class Cause : std::uint8_t {
        failed,    // judged by `kind`, `number` and `text`
        stopped,   // we were asked to
        unpaired,  // the credentials are gone
    };
    Cause cause = Cause::failed;
    core::Signal::Kind kind = core::Signal::Kind::connect;
    int number = 0;
    std::string text = {};
    bool offline = false;  // the server was never reached: trying again soon costs it nothing
    Generation used = 0;   // of the token that was refused; 0: the end speaks of none
};

class Session final : platform::TurnEnd {
  public:
    explicit Session(Link& link);

    /// Opens the connection within `connect_timeout`. Nothing: it stands. Else: why not.
    awaitable<std::optional<End>> open(Duration connect_timeout);

    /// Joins and serves until it is over.
    awaitable<End> serve();

    /// Something may be there to be written, or Link::stop_by was set.
    void wake();

    /// The machine slept, or the process stood still: the connection is checked at once, commands count as stale until
    /// it has answered.
    void resumed();

    /// resumed(), where the process stood still and this session has not seen to it yet.
    void look_for_standstill();

    /// Link::present changed: tracks or untracks on all channels, as soon as the server's limit allows.
    void follow_present();

    std::uint64_t bytes_read() const { return socket_.bytes_read(); }
    std::uint64_t bytes_written() const { return socket_.bytes_written(); }

  private:
    /// A topic on this socket, and when to join it.
    struct Seat {
        Channel channel;
        JoinConfig config;
        bool device = false;
        TimePoint not_before = {};
        std::optional<core::Judgement> trouble = {};  // of the last refusal or close
        bool tracks = false;                          // tracks the agent's presence
        bool tracked = false;
        std::string shown_name = {};      // the device's, as tracked
        PresencePace presence_pace = {};  // of the calls on this channel
        bool refused = false;             // left alone until another token comes, or for hours
        GivenTokens tokens = {};          // that the server was given for it
        std::size_t shown = 0;            // index in Status::channels, for others than the device's
    };

    // --- the loops; each ends the group when it returns
    awaitable<void> read_loop();
    awaitable<void> write_loop();
    awaitable<void> heartbeat_loop();
    awaitable<void> join_loop();
    awaitable<void> token_loop();
    awaitable<void> twin_loop();
    awaitable<void> stop_loop();
    awaitable<void> end_loop();

    // --- read_loop.cpp
    /// The first one, and those that came with it; how many.
    int on_messages(const platform::Incoming& first);
    void on_message(const platform::Incoming& message);
    void on_frame(const Frame& frame);
    void on_told(Seat& seat, Told told, const Frame& frame);
    void on_reply(const Frame& frame);
    void on_broadcast(Seat& seat, const Frame& frame);
    void on_heartbeat_reply(const Frame& frame);

    // --- write_loop.cpp
    void at_turn_end() override;
    /// Queues what may be sent now; when there may be more.
    TimePoint fill(TimePoint now);
    TimePoint fill_lane(Lane lane, TimePoint now);
    void send(Lane lane, const Message& message, TimePoint now);
    void push(Ref join_ref, std::string_view topic, std::string_view event, std::string_view payload);

    // --- join_loop.cpp
    Seat* due(TimePoint now);
    /// At a stop answers wait and the device channel was closed: one join at once, whatever the wait was to be.
    bool wants_last_join() const;
    TimePoint next_due(TimePoint now) const;
    awaitable<void> join(Seat& seat);
    void send_join(Seat& seat);
    void on_joined(Seat& seat);
    /// The seat's channel is refused, closed, crashed or did not answer.
    void on_lost(Seat& seat, const core::Signal& signal, core::Event event);
    void on_other_lost(Seat& seat, const core::Judgement& judgement);
    /// What was refused on an earlier connection with this same token is not asked for again.
    void recall_refusal(Seat& seat);
    /// Another token: what was refused for the old one is worth a try.
    void forgive_refusals(TimePoint now);
    awaitable<void> fetch_token();
    void show(Seat& seat);

    // --- presence_loop.cpp
    /// Closures of devices:all for presence limits after which it is left alone, and nothing is tracked there later.
    static constexpr int presence_closures_max = 2;
    /// Tells the channels whose presence is not what it should be and that may be told now; when the next one may be.
    TimePoint show_presence(TimePoint now);
    bool presence_differs(const Seat& seat) const;
    std::string device_name() const;
    void track(Seat& seat);
    void untrack(Seat& seat);
    void on_presence(Told told, const Frame& frame);
    void judge_twins();
    void count_presence_closure(Seat& seat, std::string_view words);

    // --- twin_loop.cpp
    /// A command or a result came on the device's channel.
    void watch_twins(const Frame& frame);
    /// Shows what was decided about them, and hands over the commands that nobody answered.
    void follow_twins();

    // --- token_loop.cpp
    void push_token(TimePoint now);
    void take_token();
    bool a_channel_is_behind() const;
    TimePoint push_allowed_at() const;
    TimePoint over_at(const credentials::Token& token) const;

    // --- heartbeat_loop.cpp
    void send_heartbeat(TimePoint now);

    // --- session.cpp
    void seat_others(TimePoint now);
    void finish(End end);
    void leave_all();
    bool device_joined() const;
    /// Whether what waits in the outbox may still go out on this connection.
    bool can_deliver() const;
    bool joining() const;

    Link& link_;
    platform::WebSocket socket_;
    Decoder decoder_;
    std::vector<Seat> seats_;  // the device channel first; never changed while served
    Ref last_ref_ = no_ref;
    std::optional<End> end_;
    std::string head_;     // reused for every message's envelope
    std::string payload_;  // reused likewise, for joins

    platform::Timer writer_;
    bool writer_waits_ = false;
    TimePoint writer_until_{};  // while it waits
    bool closing_ = false;      // the writer sends the close frame when all is written
    platform::Timer joiner_;
    platform::Timer heart_;
    platform::Timer token_;
    platform::Timer twin_;
    platform::Timer stop_;
    platform::Timer ender_;

    Ref heartbeat_ref_ = no_ref;  // awaited; no_ref: none
    TimePoint heartbeat_sent_{};
    TimePoint check_by_{};  // an answer has to come by then, whatever the silence allowed; zero: no such
    bool stale_ = false;    // between a resume and the next heartbeat's answer
    platform::Standstills& standstills_;
    std::uint64_t standstills_seen_;
    TimePoint last_command_{};
    Generation token_taken_ = 0;  // of the token that token_loop() looked at last
    TimePoint token_pushed_{};
    TimePoint given_over_at_ =
        TimePoint::max();  // when the token that the server was given last runs out, by its clock
    TimePoint token_over_at_ = TimePoint::max();  // the same of the token that is there now
    TimePoint refresh_at_ = TimePoint::max();
    Generation fresh_wanted_for_ = 0;  // a token other than this one is asked for; 0: none is
    bool last_join_tried_ = false;     // since the stop
    Presence presence_;                // of the device channel
    int replayed_ = 0;                 // stored broadcasts since the join
    TimePoint device_joined_at_{};
};

}  // namespace realtime
