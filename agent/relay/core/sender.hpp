// Who sent a command, as far as it tells. Source: the device channel's contract, "Fairness".
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "agent/realtime/core/sender_table.hpp"

namespace relay {

/// A string id names its sender: it is the id up to its counter, without the digits at its end. A number names nobody,
/// so its sender is the session and the count that it goes on with: who counts from 1 and who counts from 5000 are two.
class Senders {
  public:
    /// A number belongs to a count when it is at most so far from the count's last one.
    static constexpr std::uint64_t gap = 64;
    /// Counts that are remembered; the one that was not used for longest makes room.
    static constexpr std::size_t most_counts = 64;

    /// `id` is JSON text as it came, `session` is empty for none.
    realtime::SenderId of(std::string_view id, std::string_view session) noexcept;

  private:
    struct Count {
        realtime::SenderId session = 0;
        std::uint64_t last = 0;
        realtime::SenderId name = 0;  // 0: not in use
        std::uint64_t used = 0;
    };
    realtime::SenderId of_number(std::uint64_t number, realtime::SenderId session) noexcept;

    std::array<Count, most_counts> counts_{};
    std::uint64_t calls_ = 0;
};

}  // namespace relay
