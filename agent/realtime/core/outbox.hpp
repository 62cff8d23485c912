// What waits to be delivered to the channel until it is acknowledged: by sender, each in order and all in turn; bounded
// in bytes and in age. Pure: the caller says what time it is and does the sending.
//
// A message is in one place only: waiting (never sent, or to be sent again after a rejoin) or in flight (sent, not
// acknowledged). Acknowledgements are found by their ref in a flat, ordered queue.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/realtime/core/fair_queue.hpp"
#include "agent/realtime/core/frame.hpp"
#include "platform/core/shared_text.hpp"
#include "platform/core/time_point.hpp"

namespace realtime {

/// Names a message towards its sender; echoed in Settled.
using Ticket = std::uint64_t;

/// Which part of the sending budget a message draws on.
enum class Lane : std::uint8_t {
    answer,   // cdp-result of a command that was taken
    refusal,  // answer to what could not be read, or found no place: a tenth of the budget
};

/// A broadcast on the device channel that waits for its acknowledgement.
struct Message {
    Ticket ticket = 0;
    Lane lane = Lane::answer;
    std::string event;             // "cdp-result"
    platform::SharedText payload;  // JSON text of an object; of a raw one, as append_raw() makes it
    TimePoint made{};              // when it was handed in
    SenderId sender = 0;
    bool owed = false;  // of a refusal: the command was readable, so that its answer is not dropped to make room
    /// Of a client's stream: its author hears when it is sent. It waits for the socket.
    bool streamed = false;
    bool once = false;  // twice would do harm: it is not sent again after the link was lost, but `uncertain`
    /// It goes as bytes. Only where carries_bytes() says so, and only `streamed`: it never goes over HTTP.
    bool raw = false;
};

/// What became of a message.
enum class Settled : std::uint8_t {
    acknowledged,  // the server took it
    expired,       // sent, never acknowledged within the result's time to live
    too_large,     // the server says that it exceeds its payload limit
    dropped,       // a refusal that had to make room
    uncertain,     // of `once`: sent, and the link was lost before the acknowledgement
};

class Outbox {
  public:
    struct Limits {
        std::size_t bytes = 64U << 20U;
        std::size_t reserve_bytes = 4U << 20U;              // beyond `bytes`, for messages of at most `small`
        Duration time_to_live = std::chrono::seconds{120};  // of joined time after the first sending
        std::size_t refusal_bytes = 16U << 20U;             // of `bytes`, what refusals may take
    };
    /// One sender's results hold at most this many times what is free: the next sender finds room in any case.
    static constexpr std::size_t share = 3;
    /// A message that may use the reserve: the errors that stand in for results which no longer fit.
    static constexpr std::size_t small = 2048;
    /// What a message counts beside its texts.
    static constexpr std::size_t overhead = 128;

    explicit Outbox(Limits limits) : limits_{limits} {}

    /// Takes a message at the end of its sender's queue. False: no room. What may be dropped makes room for the rest
    /// and is then `dropped`.
    bool add(Message message);

    /// The message of that lane to send next, or null. Valid until the outbox is changed.
    const Message* next(Lane lane) const noexcept;

    /// A message of that lane, not in flight, for which `wanted(const Message&)` holds: the next one where it does, so
    /// that senders have their turns here too; or null.
    template <class Wanted>
    const Message* first(Lane lane, Wanted&& wanted) const {
        const Message* const its_turn = next(lane);
        if (its_turn != nullptr && wanted(*its_turn)) return its_turn;
        const Entry* const found = waiting(lane).find([&](const Entry& entry) { return wanted(entry.message); });
        return found != nullptr ? &found->message : nullptr;
    }

    /// Whether the next one of the lane was sent before.
    bool next_is_copy(Lane lane) const noexcept;

    /// The next one of the lane was written with that ref (greater than any before on this socket).
    /// `joined` is the joined time so far: it stands still while the channel is not joined.
    void sent(Lane lane, Ref ref, Duration joined);

    /// The next one of the lane exceeds the payload limit as it is known now: not sent (again).
    void too_large_to_send(Lane lane);

    /// The server's ok for that ref. False: no message in flight has it.
    bool acknowledged(Ref ref);

    /// It reached the channel on another way. False: it is not here any more.
    bool delivered(Ticket ticket);

    /// Whether a message in flight was sent with that ref.
    bool has(Ref ref) noexcept { return find(ref) != nullptr; }

    /// The server's refusal for its size; the message is not sent again. Its payload's size, or nothing.
    std::optional<std::size_t> refused_for_size(Ref ref);

    /// The server could not take it now: it waits again, behind the others of its sender.
    bool postpone(Ref ref);

    /// The channel or the socket was lost: what is in flight waits again, in order, in front of its sender's others.
    /// What is `once` does not.
    void link_lost();

    /// Gives up what was sent and not acknowledged in time.
    void expire(Duration joined);

    /// The message in flight with the largest payload: what a close for size (1009) was about.
    struct Largest {
        Ref ref;
        std::size_t size;
    };
    std::optional<Largest> largest_in_flight() const noexcept;

    /// Hands every settled ticket to `on_settled(Ticket, Settled, std::string_view payload)`, which may call add(). The
    /// payload is there for Settled::too_large alone.
    template <class OnSettled>
    void take_settled(OnSettled&& on_settled) {
        while (!settled_.empty()) {
            std::vector<Outcome> now;
            now.swap(settled_);
            for (const Outcome& one : now) on_settled(one.ticket, one.how, one.payload.view());
            if (settled_.empty()) {  // keeps the memory for the next round
                now.clear();
                settled_.swap(now);
                return;
            }
        }
    }

    bool empty() const noexcept { return count_ == 0; }
    std::size_t count() const noexcept { return count_; }
    std::size_t bytes() const noexcept { return bytes_; }
    std::size_t in_flight() const noexcept { return in_flight_count_; }

  private:
    struct Entry {
        Message message;
        Ref ref = no_ref;
        Duration first_sent{-1};          // joined time; negative: never sent
        bool done = false;                // in flight only: settled, waits for those before it to be popped
        Slot slot = SenderTable::shared;  // of its sender, in its lane
    };
    using Queue = FairQueue<Entry>;
    struct Outcome {
        Ticket ticket;
        Settled how;
        platform::SharedText payload;
    };

    static std::size_t size_of(const Message& message) noexcept {
        return message.payload.size() + message.event.size() + overhead;
    }
    static bool may_drop(const Message& message) noexcept { return message.lane == Lane::refusal && !message.owed; }
    Queue& waiting(Lane lane) noexcept { return lane == Lane::answer ? answers_ : refusals_; }
    const Queue& waiting(Lane lane) const noexcept { return lane == Lane::answer ? answers_ : refusals_; }
    bool expired(const Entry& entry, Duration joined) const noexcept;
    Entry* find(Ref ref) noexcept;
    void settle(Entry& entry, Settled how);
    void finish(Entry& entry, Settled how);
    void pop_done();
    bool has_room_for(const Message& message, std::size_t size);
    bool drop_until_room(std::size_t size, std::size_t bound);
    bool drop_one();
    Entry take_next(Lane lane);

    Limits limits_;
    Queue answers_;
    Queue refusals_;
    std::deque<Entry> in_flight_;  // ordered by ref
    std::size_t bytes_ = 0;
    std::size_t refusal_bytes_ = 0;                             // of them, of refusals
    std::array<std::size_t, SenderTable::slots> slot_bytes_{};  // of answers
    std::size_t droppable_ = 0;                                 // messages that may be dropped
    std::size_t count_ = 0;
    std::size_t in_flight_count_ = 0;
    std::vector<Outcome> settled_;
};

}  // namespace realtime
