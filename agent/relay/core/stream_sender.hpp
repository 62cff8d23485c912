// The sending half of a message stream: gathers messages into broadcasts, cuts larger ones into parts, keeps what is
// not acknowledged, and says what goes again when. Pure: time is an argument, and it sends nothing itself.
//
// The owner takes one broadcast at a time by next(), hands it to the link, and says by left() that the link has sent it
// (or by not_taken() that the link had no room). Until then nothing more is made: what comes meanwhile is gathered, so
// that a link that is short of room carries few and full broadcasts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "platform/core/time_point.hpp"

namespace relay {

class StreamSender {
  public:
    struct Limits {
        /// Of the member that holds whole messages; lives for ever. Empty: the stream carries bytes.
        std::string_view list_name = "items";
        std::size_t held = std::size_t{128} * 1024 * 1024;       // bytes that wait, or are not acknowledged
        Duration ack_delay = std::chrono::seconds{1};            // the other side's, of a bare acknowledgement
        Duration first_timeout = std::chrono::seconds{1};        // beyond that delay; doubles
        Duration last_timeout = std::chrono::seconds{30};        // it doubles up to this
        Duration resend_pause = std::chrono::milliseconds{500};  // between two times that a nack makes all go again
    };
    /// The window is so many times what one broadcast carries (contract, "Acknowledgement").
    static constexpr std::size_t window_broadcasts = 4;
    /// What a message or a broadcast counts beside its text.
    static constexpr std::size_t overhead = 64;

    explicit StreamSender(Limits limits) : limits_{limits} {}

    /// A message, JSON text of an object in valid UTF-8, behind all others. False: there is no room for it, and the
    /// stream cannot go on. `as_part`: it always travels in parts, as text inside of a string.
    bool add(std::string_view message, bool as_part = false);

    /// Before anything was added: what is added is bytes of one stream from now on, in place of messages. A broadcast
    /// carries as many as it has room for, in base64.
    void carry_bytes() noexcept { limits_.list_name = {}; }
    /// Broadcasts of bytes that are made from now on are raw.
    void send_raw() noexcept { sends_raw_ = true; }
    bool sends_raw() const noexcept { return sends_raw_; }

    /// What one broadcast carries: `seq`, and the members behind `seq` and `ack`, or, of a raw one, bytes and no
    /// members. The views are valid until the stream is changed.
    struct Content {
        std::uint64_t seq = 0;
        std::string_view members;
        std::string_view raw;
        std::size_t size() const noexcept { return members.size() + raw.size(); }
    };
    /// Whether next() has one.
    bool has_next(std::size_t room, TimePoint now) const noexcept;
    /// The next broadcast, if one may go now. `room` is how many bytes its content may have. It is in hand then.
    std::optional<Content> next(std::size_t room, TimePoint now);

    /// What was in hand is on its way.
    void left(TimePoint now) noexcept;
    /// It is not: it waits again.
    void not_taken() noexcept;

    /// What is in hand was refused for its size: it waits again, as messages that are to be cut anew. False: it has its
    /// number for good, since it was sent before or is not the first part of its message; see stuck().
    bool cut_anew();

    /// The other side's acknowledgement. A sentence: it broke the rules, and the stream is over; empty: it is good.
    std::string_view on_ack(std::uint64_t number);
    std::string_view on_nack(std::uint64_t number, TimePoint now);

    /// The channel was joined again: what the other side did not answer may have been lost with the link.
    void rejoined() noexcept {
        timed_out_ = false;
        timeout_ = limits_.first_timeout;
    }

    /// The next broadcast of those that were made is larger than `room`, which has shrunk: it can never be sent.
    bool stuck(std::size_t room) const noexcept;

    /// When next() may have one without anything happening before; TimePoint::max(): not by itself.
    TimePoint due_at() const noexcept;

    /// When the oldest broadcast without an acknowledgement was sent for the first time; TimePoint::max(): there is
    /// none.
    TimePoint unanswered_since() const noexcept { return kept_.empty() ? TimePoint::max() : kept_.front().first_left; }

    /// Nothing waits, and everything is acknowledged.
    bool empty() const noexcept { return waiting_.empty() && kept_.empty(); }
    std::size_t bytes() const noexcept { return waiting_bytes_ + kept_bytes_; }
    /// Of them, those of messages that are in no broadcast yet, or not in full.
    std::size_t waiting_bytes() const noexcept { return waiting_bytes_; }

  private:
    struct Waiting {
        std::string text;
        bool as_part = false;
    };
    struct Unacknowledged {
        std::uint64_t seq = 0;
        std::string members;
        std::string raw;                          // as Content's
        bool again = false;                       // it has to be sent (again)
        TimePoint left = TimePoint::max();        // max(): never sent, or in hand
        TimePoint first_left = TimePoint::max();  // max(): never sent
        std::size_t size() const noexcept { return members.size() + raw.size(); }
    };
    /// Of the first message that waits, while it is being sent in parts. Of bytes `at` alone counts.
    struct Cut {
        std::size_t at = 0;
        std::size_t room = 0;  // of each slice
        std::uint64_t part = 0;
        std::uint64_t parts = 0;
    };

    void look_at_time(TimePoint now);
    void mark_again(Unacknowledged& one) noexcept;
    void send_all_again() noexcept;
    bool may_make(std::size_t room) const noexcept {
        return !waiting_.empty() && !timed_out_ && kept_bytes_ < window_broadcasts * room;
    }
    bool make(std::size_t room);
    std::string make_list(std::size_t room);
    std::string make_part(std::size_t room);
    void make_bytes(std::size_t room, Unacknowledged& made);
    void take_bytes_back(Unacknowledged& one);
    void drop_first_waiting() noexcept;
    bool take_back(Unacknowledged& one);
    Unacknowledged* in_hand() noexcept;
    TimePoint timeout_at() const noexcept;

    Limits limits_;
    bool sends_raw_ = false;
    std::deque<Waiting> waiting_;
    std::size_t waiting_bytes_ = 0;
    Cut cut_;
    std::deque<Unacknowledged> kept_;  // not acknowledged, by seq
    std::size_t kept_bytes_ = 0;
    std::size_t again_ = 0;  // of them, those to be sent (again)
    std::uint64_t last_seq_ = 0;
    std::uint64_t hand_ = 0;  // the seq in hand; 0: none
    Duration timeout_ = limits_.first_timeout;
    /// The oldest went again, and nothing was acknowledged since. Until then nothing new is made: a side that is away
    /// asks for each broadcast that it missed, so what comes meanwhile is gathered into few.
    bool timed_out_ = false;
    TimePoint nacked_at_ = TimePoint::min();
};

}  // namespace relay
