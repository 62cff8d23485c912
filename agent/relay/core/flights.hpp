// The commands in flight: each from its arrival until its result is acknowledged, and what they take together. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/realtime/core/outbox.hpp"
#include "agent/relay/core/command.hpp"
#include "agent/relay/core/shares.hpp"
#include "platform/core/time_point.hpp"

namespace relay {

/// How far a command has come.
enum class Phase : std::uint8_t {
    arrived,     // not handed on yet
    at_browser,  // submitted, not answered
    at_agent,    // a piece of a stream is being read
    published,   // answered, the answer not acknowledged
};

/// Whose a command is, and what it takes of that sender's share.
struct Held {
    std::string client = {};       // empty: none
    bool of_own_session = false;   // of a client: it named no session
    bool sealed = false;           // of a client: a key stands behind it
    bool alone = false;            // of a client, but carried out as a command without one
    std::string key = {};          // whose: its name, or its fingerprint
    std::string fingerprint = {};  // of that key, whatever it is called
    realtime::SenderId sender = 0;
    realtime::Slot slot = realtime::SenderTable::shared;
    bool stranger = false;         // see Shares::stranger
    std::size_t params_bytes = 0;  // at the browser
};

/// A command from its arrival until its result is acknowledged.
struct Flight {
    realtime::Ticket ticket = 0;
    Phase phase = Phase::arrived;
    std::string id;
    std::string method;
    std::string session;
    std::string kept_params;  // of a command that may go out again, or whose outcome we follow
    bool may_retry = false;
    std::string rule;  // a copy: a reload may replace the policy that it is of
    std::string origin;
    std::size_t command_bytes = 0;
    Held held;
    realtime::Lane lane = realtime::Lane::answer;  // of its answer
    TimePoint begun;
    TimePoint deadline;
};

/// References to a Flight are valid until it has ended.
class Flights {
  public:
    struct Limits {
        Shares::Limits shares;
        std::size_t strangers = 512;  // at the browser
        Duration stranger_turn = std::chrono::milliseconds{250};
    };
    explicit Flights(const Limits& limits) : limits_{limits}, shares_{limits.shares} {}

    /// Whether there is room for one more command of that sender.
    Shares::Verdict room_for(realtime::SenderId sender, std::size_t params_bytes) const noexcept {
        return shares_.judge(sender, params_bytes);
    }
    bool stranger(realtime::SenderId sender) const noexcept { return shares_.stranger(sender); }

    Flight& begin(realtime::Ticket ticket, const Command& command, realtime::SenderId sender, TimePoint now);
    void end(realtime::Ticket ticket);
    /// Null: it has ended, or there was none.
    Flight* find(realtime::Ticket ticket);

    /// Its parameters of so many bytes go to the browser; and: the browser has nothing to do with it any more.
    void enter_browser(Flight& flight, std::size_t params_bytes);
    void leave_browser(Flight& flight);

    /// Whether the browser has as many commands of strangers as it may have.
    bool full_of_strangers() const noexcept { return strangers_at_browser_ >= limits_.strangers; }
    /// The stranger's command that has been at the browser for longest, if it had its turn; else null.
    Flight* outstayed(TimePoint now);

    std::size_t size() const noexcept { return table_.size(); }
    std::size_t at_browser() const noexcept { return at_browser_; }
    std::size_t at_browser(std::string_view method) const noexcept;
    std::size_t bytes_at_browser() const noexcept { return shares_.bytes(); }

    /// Those that have no answer yet, but for those of clients, which end with their client; their tickets, in the
    /// order in which they came.
    std::size_t unanswered() const noexcept;
    std::vector<realtime::Ticket> unanswered_tickets() const;

  private:
    bool is_at_browser(realtime::Ticket ticket) const;
    void forget_gone_strangers();

    Limits limits_;
    std::unordered_map<realtime::Ticket, Flight> table_;
    Shares shares_;
    std::size_t at_browser_ = 0;
    std::deque<realtime::Ticket> strangers_;  // those at the browser in the order in which they came, some that left
    std::size_t strangers_at_browser_ = 0;
};

}  // namespace relay
