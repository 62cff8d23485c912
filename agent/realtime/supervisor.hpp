// Keeps the agent joined to its device channel: decides when to connect, join, wait and give way; owns the outbox.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/realtime/core/outbox.hpp"
#include "platform/net.hpp"

namespace platform {
class Worker;  // platform/worker.hpp
}

namespace credentials {
class Tokens;  // agent/credentials/tokens.hpp: the token to use now, and a fresh one on demand
}

namespace realtime {

struct Settings;  // agent/realtime/settings.hpp
struct Status;    // agent/realtime/status.hpp: state, reason, next try, counters

/// A broadcast that arrived. The views are slices of the receive buffer (with the JSON parser's padding behind them):
/// valid during the call alone.
struct Broadcast {
    std::string_view topic;  // without "realtime:"
    std::string_view event;
    std::string_view payload;  // JSON text, unchecked: anybody who may broadcast can write it
    std::string_view meta_id;  // empty where there was none
    bool raw = false;          // the sender declared bytes, not JSON: see split_raw()
    bool replayed = false;     // stored by the database and sent again at the join: never a command
    bool stale = false;        // waited in the socket over a suspend or a stop of the process
    /// Bytes of the message where it was beyond Settings::read_limit, else 0. It is a command (or an `unpair`) then,
    /// and its payload an outline: parameters left out, long strings cut.
    std::uint64_t overlong = 0;
};

/// Hears what happens. Called on the loop; must not block and must not destroy the Supervisor.
class Listener {
  public:
    virtual void on_broadcast(const Broadcast& broadcast) = 0;
    virtual void on_settled(Ticket ticket, Settled how) = 0;
    /// A message that is `streamed` was written to the socket, perhaps again. What is published during the call may go
    /// in the same write.
    virtual void on_sent(Ticket ticket) { static_cast<void>(ticket); }
    /// The same for Settled::too_large, for who can use what could not be sent. The view is valid during the call.
    virtual void on_too_large(Ticket ticket, std::string_view payload) {
        static_cast<void>(payload);
        on_settled(ticket, Settled::too_large);
    }
    /// Anything else of a joined channel, as it came: presence_state, presence_diff, postgres_changes, system.
    virtual void on_event(std::string_view topic, std::string_view event, std::string_view payload) {
        static_cast<void>(topic), static_cast<void>(event), static_cast<void>(payload);
    }
    /// A command, by the bytes of its id, that was left to an elder agent of this device and that nobody answered. It
    /// is this agent's to answer, which relays again.
    virtual void on_left_over(std::string_view id) { static_cast<void>(id); }
    /// The state, its reason or the time of the next try changed.
    virtual void on_status(const Status& status) = 0;

  protected:
    ~Listener() = default;
};

class Supervisor {
  public:
    /// Everything handed in by reference outlives the Supervisor. `network` opens the connections. `files` keeps the
    /// time of the last join, so that a request that hangs does not hold up a stop; null: `network` does that too.
    Supervisor(net::any_io_executor executor, platform::Worker& network, const Settings& settings,
               credentials::Tokens& tokens, Listener& listener, platform::Worker* files = nullptr);
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    /// Connects, joins, serves, waits and tries again until stop(). Never returns for a failure of the network.
    awaitable<Error> run();

    /// Before a stop: what is published goes out at once from now on, beyond the sending budget.
    void stop_pacing();

    /// Orderly: the outbox drained within `grace` and beyond the sending budget, presence untracked, channels left, the
    /// socket closed. Then run() returns. None of it needs the token: it may be forgotten right after this call.
    void stop(Duration grace);

    /// Whether the agent shows itself in presence; it does from the start. Untracked at once, tracked again at once.
    void set_present(bool present);

    /// The device has another name (credentials::Tokens::rename): presence shows it at once.
    void renamed();

    /// Puts a message into the outbox. False: no room for it (a refusal is then gone; an answer must be handed in again
    /// smaller, as its `overloaded` error, for which room is kept).
    bool publish(Message message);

    /// Drops a message that has become useless: it is not sent, nor sent again. on_settled() reports it as
    /// acknowledged.
    void withdraw(Ticket ticket);

    /// So many controllers have clients of this agent. Each hears every broadcast, and has a share of the pace.
    void share_pace(std::size_t controllers);
    /// Broadcasts a second that are left for each of so many controllers; 0: as many as it likes.
    double pace_left(std::size_t controllers) const;
    /// Of a controller's end: what the agent says is left for it. It takes the place of the settings' budget.
    void be_given_pace(double broadcasts);

    /// When the pace has room for one more message behind `ahead` that wait. Not before `now`. Who has something to
    /// send may hand it in then, and gathers more until then.
    TimePoint room_at(TimePoint now, std::size_t ahead);

    /// The greatest payload that one broadcast may have now, in bytes (a setting, lowered when the server refuses).
    std::size_t payload_limit() const;

    const Status& status() const;

    /// Whether a result with that id went over HTTP of late: it comes back from the channel, and is no stranger's.
    bool sent_by_http(std::string_view payload) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace realtime
