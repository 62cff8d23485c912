// What the commands in flight take, by sender: nobody takes so much that the next sender finds nothing. Pure.
//
// A sender may hold a multiple of the free room, so that some is free whatever the senders do: one alone gets the
// most, two get less each, and who holds little is always admitted before who holds much. The shared
// slot has many places apart: a sender that invents a name for each command must not fill them before a newcomer comes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "agent/realtime/core/sender_table.hpp"

namespace relay {

class Shares {
  public:
    struct Limits {
        std::size_t commands = 2048;                         // of a sender that is alone; all together: twice that
        std::size_t bytes = std::size_t{128} * 1024 * 1024;  // of all together
    };
    /// The shared slot has so many times the places of a sender that is alone.
    static constexpr std::size_t shared_slot_share = 8;
    /// A sender's bytes are at most so many times what is free of them.
    static constexpr std::size_t byte_share = 3;
    /// Parameters of so few bytes are bounded by the number of commands.
    static constexpr std::size_t small = 4096;

    explicit Shares(Limits limits) noexcept : limits_{limits} {}

    enum class Verdict : std::uint8_t {
        admitted,
        too_many,   // commands
        too_large,  // together
    };
    Verdict judge(realtime::SenderId who, std::size_t bytes) const noexcept;

    /// Whether its name was never seen, or not for long. Names can be invented without end.
    bool stranger(realtime::SenderId who) const noexcept { return senders_.stranger(who); }

    /// A command begins; the slot that it holds until leave().
    realtime::Slot enter(realtime::SenderId who) { return senders_.enter(who); }
    void leave(realtime::Slot slot) noexcept { senders_.leave(slot); }

    /// Its parameters are with the browser, or no longer.
    void hold(realtime::Slot slot, std::size_t bytes) noexcept;
    void release(realtime::Slot slot, std::size_t bytes) noexcept;

    std::size_t bytes() const noexcept { return bytes_; }

  private:
    Limits limits_;
    realtime::SenderTable senders_;
    std::array<std::size_t, realtime::SenderTable::slots> slot_bytes_{};
    std::size_t bytes_ = 0;
};

}  // namespace relay
