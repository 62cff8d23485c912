// Gives each sender a slot. Counts and queues are kept by slot, not by sender, and the number of slots is a constant,
// whatever names the senders use. Pure.
//
// Anybody can invent a new name for each command. A name that was seen once gets one of a few slots for newcomers, and
// one that was seen again gets a slot for known senders: a flood of invented names turns over the newcomers' slots and
// leaves the known ones alone. All senders that find no slot use the shared slot, which counts as one sender. Of names
// that have no slot a few bits are remembered, in a table of a constant size: most of those that come back are known.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace realtime {

/// Names a sender: a hash of what tells it from the others.
using SenderId = std::uint64_t;

/// A slot's number, below SenderTable::slots.
using Slot = std::size_t;

class SenderTable {
  public:
    static constexpr Slot shared = 0;  // of all senders that have no slot of their own
    static constexpr std::size_t most_known = 32;
    static constexpr std::size_t most_new = 8;
    static constexpr std::size_t slots = 1 + most_known + most_new;
    static constexpr std::size_t remembered = 16384;  // names, at most

    /// One thing more of that sender, and the slot that holds it. A slot goes to another sender only while it holds
    /// nothing.
    Slot enter(SenderId who);

    /// A thing of that slot is gone.
    void leave(Slot slot) noexcept;

    /// The slot that enter() would find for that sender now; the shared one where it has none yet.
    Slot find(SenderId who) const noexcept;

    /// Whether the name has no slot and is not remembered either.
    bool stranger(SenderId who) const noexcept { return find(who) == shared && !remembers(who); }

    /// What the slot holds.
    std::size_t held(Slot slot) const noexcept { return entries_[slot].held; }
    std::size_t total() const noexcept { return total_; }
    /// The sender that has the slot; without meaning for the shared slot.
    SenderId owner(Slot slot) const noexcept { return entries_[slot].who; }

  private:
    enum class Standing : std::uint8_t {
        vacant,
        newcomer,  // seen once
        known,     // seen again while it had its slot
    };
    struct Entry {
        SenderId who = 0;
        std::size_t held = 0;
        std::uint64_t used = 0;  // when, in calls of enter()
        Standing standing = Standing::vacant;
    };

    Slot slot_for_newcomer(SenderId who);
    /// For a sender that came back; the shared slot: all slots for known senders are in use.
    Slot slot_for_known(SenderId who);
    void promote(Slot slot);
    bool remembers(SenderId who) const noexcept;
    void remember(SenderId who);
    /// The slot of that standing that holds nothing and was not used for the longest time; the shared slot: there is
    /// none.
    Slot longest_idle(Standing standing) const noexcept;

    std::array<Entry, slots> entries_{};
    std::vector<std::uint32_t> names_;  // bits of names, by other bits of them; empty until there is one to remember
    std::size_t known_ = 0;
    std::size_t new_ = 0;
    std::size_t total_ = 0;
    std::uint64_t calls_ = 0;
};

}  // namespace realtime
