// The states of the cloud link and the one table of what leads from which to which.
// Pure: the owner of a Lifecycle logs the Change that comes back and updates what shows the state.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace realtime {

enum class State : std::uint8_t {
    gate,        // no credentials: no Realtime socket may be open
    connecting,  // resolve, TCP, TLS, websocket handshake
    joining,     // the device channel's join is sent or about to be, its reply awaited
    joined,      // serving commands
    waiting,     // before the next attempt, with a reason and a time
    draining,    // stopping: finish what is pending, accept nothing new
    stopped,
};

enum class Event : std::uint8_t {
    paired,    // credentials are there
    unpaired,  // credentials are wiped
    opened,    // the websocket stands
    accepted,  // join answered with ok
    refused,   // upgrade or join answered with an error
    closed,    // the channel ended, the socket stands
    lost,      // the socket is gone
    retry,     // the wait is over: connect
    rejoin,    // the wait is over: join again on the standing socket
    stop,      // orderly end asked for
    drained,   // nothing is pending any more, or the grace is over
};

struct Transition {
    State from;
    Event on;
    State to;
};

// clang-format off
inline constexpr Transition transitions[] = {
    {State::gate,       Event::paired,   State::connecting},
    {State::gate,       Event::stop,     State::stopped},

    {State::connecting, Event::opened,   State::joining},
    {State::connecting, Event::refused,  State::waiting},
    {State::connecting, Event::lost,     State::waiting},
    {State::connecting, Event::unpaired, State::gate},
    {State::connecting, Event::stop,     State::draining},

    {State::joining,    Event::accepted, State::joined},
    {State::joining,    Event::refused,  State::waiting},
    {State::joining,    Event::closed,   State::waiting},
    {State::joining,    Event::lost,     State::waiting},
    {State::joining,    Event::unpaired, State::gate},
    {State::joining,    Event::stop,     State::draining},

    {State::joined,     Event::closed,   State::waiting},
    {State::joined,     Event::lost,     State::waiting},
    {State::joined,     Event::unpaired, State::gate},
    {State::joined,     Event::stop,     State::draining},

    {State::waiting,    Event::retry,    State::connecting},
    {State::waiting,    Event::rejoin,   State::joining},
    {State::waiting,    Event::unpaired, State::gate},
    {State::waiting,    Event::stop,     State::draining},

    {State::draining,   Event::drained,  State::stopped},
    {State::draining,   Event::unpaired, State::gate},
};
// clang-format on

/// The state after `event`; a pair that the table does not hold changes nothing.
constexpr State next(State now, Event event) noexcept {
    for (const auto& row : transitions) {
        if (row.from == now && row.on == event) return row.to;
    }
    return now;
}

static_assert(next(State::joined, Event::stop) == State::draining);
static_assert(next(State::joined, Event::closed) == State::waiting);
static_assert(next(State::waiting, Event::rejoin) == State::joining);
static_assert(next(State::stopped, Event::retry) == State::stopped);
static_assert(next(State::gate, Event::retry) == State::gate);

/// Words for logs and status lines.
std::string_view to_string(State state) noexcept;
std::string_view to_string(Event event) noexcept;

/// What an event did.
struct Change {
    State from;
    State to;
    Event on;
};

/// Holds the state; on() is its only setter.
class Lifecycle {
  public:
    explicit constexpr Lifecycle(State start) noexcept : state_{start} {}

    State state() const noexcept { return state_; }

    /// The change, or nothing where the event does not concern the present state.
    std::optional<Change> on(Event event) noexcept;

  private:
    State state_;
};

}  // namespace realtime
