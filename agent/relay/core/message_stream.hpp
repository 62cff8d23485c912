// One end of a client's connection over the bus: a numbered, acknowledged stream of messages in each direction
// (contract, "Clients"). The agent has one for each client, and the controller's side has the other end.
//
// Broadcasts may be lost, doubled, delayed and reordered: each message still arrives once and in order, or the stream
// is over. Pure: it takes what happened and `now`, and gives what is to be sent. Memory is bounded by its limits. A
// call that throws std::bad_alloc has changed nothing that the same call, made again, would not do.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "agent/relay/core/stream_receiver.hpp"
#include "agent/relay/core/stream_sender.hpp"
#include "platform/core/time_point.hpp"

namespace relay {

class MessageStream {
  public:
    struct Settings {
        StreamReceiver::Limits in;
        StreamSender::Limits out;
        std::string_view list_name_in = "messages";  // as StreamSender::Limits::list_name of the other end
    };

    /// What every backend carries, in bytes: the limit of the smallest hosted plan.
    static constexpr std::size_t surely_carried = 256'000;

    /// `payload_limit`: of one broadcast, in bytes. `envelope`: what the owner adds around the members, at most.
    MessageStream(const Settings& settings, std::size_t payload_limit, std::size_t envelope);

    /// The limit may shrink while the stream lives: what is made from then on fits. See stuck().
    void set_payload_limit(std::size_t limit) noexcept { payload_limit_ = limit; }

    /// Something to be sent. False: there is no room for it, and the stream cannot go on.
    bool add(std::string_view message, bool as_part = false) { return out_.add(message, as_part); }

    /// Both directions carry bytes from now on in place of messages: add() takes them, and Received::bytes() has them.
    /// They go as `data` in base64, and come as that or raw. Before anything was added or received.
    void carry_bytes() noexcept {
        out_.carry_bytes();
        list_name_in_ = {};
    }
    /// The other side takes raw broadcasts, and the link carries them: bytes go so from now on.
    void send_raw() noexcept { out_.send_raw(); }
    bool sends_raw() const noexcept { return out_.sends_raw(); }

    /// A broadcast arrived: `object` is JSON text of an object with the stream's members, `raw` are the bytes beside
    /// it, empty for none. Where Received::wrong is not empty, the other side broke the rules: the stream is over. Both
    /// must outlive what is returned.
    StreamReceiver::Received receive(std::string_view object, TimePoint now, std::string_view raw = {});

    /// Whether next() has one.
    bool has_next(TimePoint now) const noexcept;
    /// What a broadcast says.
    struct Outgoing {
        std::string members;
        std::string_view raw;  // bytes beside the members, empty for none; valid until the stream is changed
    };
    /// The next broadcast, if one may go now. It is in hand until left() or not_taken().
    std::optional<Outgoing> next(TimePoint now);
    void left(TimePoint now) noexcept;
    void not_taken(TimePoint now) noexcept;

    /// The broadcast in hand is larger than any that the server has accepted, so the server may refuse it for its size.
    /// Then do not call left() when it was sent, but settled() when the server has answered.
    bool in_doubt() const noexcept { return hand_ == Hand::content && hand_bytes_ > carried_; }
    /// The server has accepted the broadcast in hand, or (`taken` false) has refused it for its size: then it is cut
    /// anew for the present payload limit; look at stuck() afterwards.
    void settled(bool taken, TimePoint now);

    /// The channel was joined again: the other side is asked for what it has sent meanwhile. What we had sent is the
    /// other side's to ask for.
    void rejoined() noexcept {
        in_.ask_again();
        out_.rejoined();
    }

    /// Something goes now, if only an acknowledgement that says nothing new: the other side sees that this one lives.
    void show_life(TimePoint now) noexcept { in_.ack_within(now); }

    /// A broadcast is in hand: until it has left there is no other.
    bool in_hand() const noexcept { return hand_ != Hand::empty; }
    /// When next() may have one without anything happening before; TimePoint::max(): not by itself.
    TimePoint due_at() const noexcept;

    /// A broadcast that was made already exceeds the payload limit, which has shrunk: the stream cannot go on.
    bool stuck() const noexcept { return out_.stuck(room()); }
    /// As StreamSender::unanswered_since().
    TimePoint unanswered_since() const noexcept { return out_.unanswered_since(); }
    /// Everything was sent and acknowledged.
    bool drained() const noexcept { return out_.empty(); }
    /// Bytes held in both directions.
    std::size_t bytes() const noexcept { return in_.bytes() + out_.bytes(); }
    /// Bytes of what was added and is in no broadcast yet.
    std::size_t waiting_bytes() const noexcept { return out_.waiting_bytes(); }
    std::size_t window() const noexcept { return StreamSender::window_broadcasts * payload_limit_; }

  private:
    enum class Hand : unsigned char { empty, content, ack, nack };

    std::size_t room() const noexcept;
    Outgoing take(const StreamSender::Content& content);
    Outgoing take_bare(Hand what, TimePoint now);

    StreamReceiver in_;
    StreamSender out_;
    std::string_view list_name_in_;
    std::size_t payload_limit_;
    std::size_t envelope_;
    Hand hand_ = Hand::empty;
    std::size_t hand_bytes_ = 0;            // of the content in hand, with its envelope
    std::size_t carried_ = surely_carried;  // the largest that the server has taken
};

}  // namespace relay
