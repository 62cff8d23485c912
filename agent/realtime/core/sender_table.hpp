// Who of the senders has a seat: counts and queues are kept by seat, not by sender, and the number of seats is a
// constant, whatever the senders call themselves. Pure.
//
// Anybody can invent a new name for each command. A name that was seen once gets one of a few seats for newcomers, and
// one that was seen again gets a seat for known senders: a flood of invented names turns over the newcomers' seats and
// leaves the known ones alone. Who finds no seat sits in the crowd, which counts as one sender. Of names that have no
// seat a few bits are remembered, in a table of a constant size: most of those that come back are known then.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace realtime {

/// Names a sender: a hash of what tells it from the others.
using SenderId = std::uint64_t;

/// A seat's number, below SenderTable::seats.
using Seat = std::size_t;

class SenderTable {
  public:
    static constexpr Seat crowd = 0;
    static constexpr std::size_t most_known = 32;
    static constexpr std::size_t most_new = 8;
    static constexpr std::size_t seats = 1 + most_known + most_new;
    static constexpr std::size_t remembered = 16384;  // names, at most

    /// One thing more of that sender, and the seat that holds it. A seat goes to another sender only while it holds
    /// nothing.
    Seat enter(SenderId who);

    /// A thing of that seat is gone.
    void leave(Seat seat) noexcept;

    /// The seat that enter() would find for that sender now; the crowd where it has none yet.
    Seat find(SenderId who) const noexcept;

    /// Whether the name has no seat and is not remembered either.
    bool stranger(SenderId who) const noexcept { return find(who) == crowd && !remembers(who); }

    /// What the seat holds.
    std::size_t held(Seat seat) const noexcept { return chairs_[seat].held; }
    std::size_t total() const noexcept { return total_; }
    /// Whose seat it is; of no meaning for the crowd.
    SenderId owner(Seat seat) const noexcept { return chairs_[seat].who; }

  private:
    enum class Standing : std::uint8_t {
        vacant,
        newcomer,  // seen once
        known,     // seen again while it had its seat
    };
    struct Chair {
        SenderId who = 0;
        std::size_t held = 0;
        std::uint64_t used = 0;  // when, in calls of enter()
        Standing standing = Standing::vacant;
    };

    Seat seat_newcomer(SenderId who);
    /// Where one that came back sits; the crowd: all seats for known senders are in use.
    Seat seat_known(SenderId who);
    void promote(Seat seat);
    bool remembers(SenderId who) const noexcept;
    void remember(SenderId who);
    /// The seat of that standing that holds nothing and was not used for the longest time; the crowd: there is none.
    Seat longest_idle(Standing standing) const noexcept;

    std::array<Chair, seats> chairs_{};
    std::vector<std::uint32_t> names_;  // bits of names, by other bits of them; empty until there is one to remember
    std::size_t known_ = 0;
    std::size_t new_ = 0;
    std::size_t total_ = 0;
    std::uint64_t calls_ = 0;
};

}  // namespace realtime
