// The commands that were written to the browser and not answered yet. Plain data: nothing waits in here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cdp/core/deadlines.hpp"
#include "platform/core/text_hash.hpp"
#include "platform/core/time_point.hpp"

namespace cdp {

/// Commands are counted by sender, which the asker tells apart by a number below this.
inline constexpr std::size_t max_senders = 64;

/// Commands of some place, by sender.
struct SenderCounts {
    std::size_t total = 0;
    std::array<std::uint32_t, max_senders> by_sender{};

    void add(std::size_t sender) noexcept { ++total, ++by_sender[sender]; }
    void remove(std::size_t sender) noexcept { --total, --by_sender[sender]; }
    /// Whether that sender may have one more: alone `most` of them, else as many as are free of twice that. Something
    /// is free for the next sender whatever the others do.
    bool admits(std::size_t sender, std::size_t most) const noexcept {
        return total < 2 * most && by_sender[sender] < 2 * most - total;
    }
};

/// What is remembered of a command until its answer comes.
struct Pending {
    std::int32_t id = 0;
    std::uint64_t ticket = 0;  // the asker's, or ours for a command of our own
    std::uint8_t own = 0;      // which command of our own; 0: the asker's
    std::size_t sender = 0;    // of the asker's; below max_senders
    std::size_t bytes = 0;     // held for it
    TimePoint deadline;
    TimePoint since;
    std::string session;  // empty: the connection's own
    std::string method;
};

/// Adding, finding and removing take constant time and, once warm, no memory. Ids count up from a base that the caller
/// draws at random: an answer meant for a predecessor on the same browser then finds nothing here.
class PendingTable {
  public:
    explicit PendingTable(std::int32_t first_id);

    /// What add() takes.
    struct New {
        std::uint64_t ticket = 0;
        std::uint8_t own = 0;
        std::size_t bytes = 0;
        TimePoint deadline;
        TimePoint now;
        std::string_view session;
        std::string_view method;
        std::size_t sender = 0;
    };
    /// The command's id towards the browser.
    std::int32_t add(const New& command);

    /// The command of that id, or null. Valid until the next call that is not const.
    const Pending* find(std::int32_t id) const noexcept;
    void remove(std::int32_t id) noexcept;
    /// Removes the asker's command of that ticket, looking through all of them. False: there is none.
    bool forget(std::uint64_t ticket) noexcept;

    /// Takes out what waits too long, one at a time, the longest overdue first.
    std::optional<Pending> take_expired(TimePoint now);
    /// Takes out all of a session; all there is.
    std::vector<Pending> take_session(std::string_view session);
    std::vector<Pending> take_all();

    std::optional<TimePoint> next_deadline() const noexcept { return deadlines_.next(); }
    std::size_t size() const noexcept { return deadlines_.size(); }
    /// Of them, the asker's.
    std::size_t of_asker() const noexcept { return all_.total; }
    /// Of the asker's: whether the sender may have one more, in all and in that session.
    bool admits(std::size_t sender, std::size_t most) const noexcept { return all_.admits(sender, most); }
    bool admits(std::size_t sender, std::size_t most, std::string_view session) const noexcept;
    std::size_t bytes() const noexcept { return bytes_; }

    /// How many commands of that method wait, in whichever session.
    std::size_t waiting_for(std::string_view method) const noexcept;
    /// Whether a command of that method waits in the session.
    bool waits(std::string_view session, std::string_view method) const noexcept;

  private:
    // Slots are found by the low bits of the id: an id whose slot is taken is passed over. A slot that is taken has a
    // deadline.
    struct Slot {
        Pending command;
        SenderCounts* counts = nullptr;  // of its session, in per_session_; null for a command of our own
    };
    std::size_t slot_of(std::int32_t id) const noexcept { return static_cast<std::uint32_t>(id) & (slots_.size() - 1); }
    std::int32_t next_id() noexcept;
    void grow();
    SenderCounts& counts_of(std::string_view session);
    template <class Wanted>
    std::vector<Pending> take_if(Wanted wanted);

    std::int32_t last_id_;
    std::size_t bytes_ = 0;
    std::vector<Slot> slots_;
    Deadlines deadlines_;  // by slot
    SenderCounts all_;     // of the asker's
    std::unordered_map<std::string, SenderCounts, platform::TextHash, std::equal_to<>> per_session_;
};

}  // namespace cdp
