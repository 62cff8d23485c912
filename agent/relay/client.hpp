// One client: its session, its stream, its lease, and what it left in the browser. Data of Clients, with the rules of
// when a client is over and when to look at it again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/realtime/core/outbox.hpp"
#include "agent/relay/core/client_text.hpp"
#include "agent/relay/core/client_waits.hpp"
#include "agent/relay/core/gather.hpp"
#include "agent/relay/core/lease.hpp"
#include "agent/relay/core/numbered_stream.hpp"
#include "agent/relay/core/result.hpp"
#include "agent/relay/overflow.hpp"
#include "agent/relay/settings.hpp"
#include "platform/core/time_point.hpp"

namespace relay {

/// The Agent.open by which a client was opened. A controller that lost its link sends it once more, with the same id.
struct OpenedBy {
    std::string id;                              // of the command; empty once the client has posted
    std::string params;                          // of the command, as they came
    std::vector<realtime::Ticket> waiting = {};  // for an answer
};

struct Client {
    enum class State : std::uint8_t {
        opening,    // its session was asked for
        open,       // it is served
        finishing,  // it takes nothing new, and ends when it has what it was sent
    };
    /// The reason of an end that comes before the session.
    static constexpr std::string_view not_opened = "timeout";
    State state = State::opening;
    std::string id;
    std::string label;
    std::string session = {};  // the browser's name of the client's session
    OpenedBy open;
    realtime::SenderId sender = 0;      // in its turns
    realtime::SenderId controller = 0;  // who opened it
    bool exclusive = false;
    NumberedStream stream;
    Overflow overflow = {};  // behind all that the stream holds
    Lease lease;
    Gather gather = {};
    std::size_t unanswered = 0;            // its commands
    bool blocked = false;                  // the outbox had no room
    TimePoint room_at = TimePoint::max();  // when the pace has room for what waits; max(): nothing waits for it
    double opened_pace = 0;                // that the answer to its Agent.open told
    bool pace_changed = false;             // since then: each broadcast tells the present one
    bool pumped = true;                    // nothing came since the last look at its stream
    std::set<std::string, std::less<>> contexts = {};  // browser contexts that it made
    ClientWaits waits = {};                            // but for what is in its own contexts
    bool passed_over = false;                          // since it was last heard, something of that went on
    TimePoint heard_at;                                // its last post, or the last join of the channel
    TimePoint give_up_at = TimePoint::max();           // an opening or a finish that takes longer is over then

    /// It showed itself.
    void heard(TimePoint now) noexcept;
    /// The channel was joined, or the join was lost.
    void on_link(bool joined, TimePoint now) noexcept;
    /// When it counts as silent, if nothing is heard of it until then: `after` is how long it may leave a broadcast
    /// without an answer. TimePoint::max(): it owes none, or the channel is not joined.
    TimePoint silent_at(Duration after) const noexcept;

    /// It has been sent everything, and has acknowledged it.
    bool drained() const noexcept { return stream.drained() && overflow.empty(); }
    /// Bytes held for it in memory.
    std::size_t bytes() const noexcept { return stream.bytes() + overflow.in_memory(); }

    /// When its stream has something to send, if nothing happens before.
    TimePoint due_at() const noexcept;
    /// What waits for it goes later.
    bool gathers(TimePoint now) const noexcept { return gather.holds(now) && stream.due_at() > now; }
    /// Why it has to end at `now`; empty: it goes on.
    std::string_view end_reason(TimePoint now) const noexcept;
    /// When to look at it again, if nothing happens before. A broadcast for which the outbox had no room is offered
    /// again after `blocked_again` at the earliest. TimePoint::max(): never.
    TimePoint next_look(TimePoint now, Duration blocked_again) const noexcept;
};

/// By name.
using ClientTable = std::map<std::string, std::unique_ptr<Client>, std::less<>>;

/// Null: none has the id.
Client* client_in(const ClientTable& clients, std::string_view id) noexcept;
/// The one that this very Agent.open opened, and that has not posted yet; null: there is none. An id that is a number
/// is no name: two controllers that count from 1 are two, and a command of either is none of the other's.
Client* opened_by(const ClientTable& clients, std::string_view id, std::string_view params,
                  realtime::SenderId controller) noexcept;
/// Bytes held for all of them, in memory and in files.
struct HeldBytes {
    std::size_t in_memory = 0;
    std::size_t on_disk = 0;
};
HeldBytes bytes_of(const ClientTable& clients) noexcept;
/// The id of the one that holds most where all hold too much, in memory or in files; empty: they do not.
std::string beyond_bounds(const ClientTable& clients, const ClientSettings& settings);
/// The one that has the browser for itself; null: none.
const Client* holder_of(const ClientTable& clients) noexcept;

/// What holds when a client is opened.
struct OpenConditions {
    realtime::Ticket open = 0;          // of the Agent.open
    std::string open_id = {};           // its id
    std::string open_params = {};       // its params
    realtime::SenderId controller = 0;  // who sent that
    std::size_t payload_limit = 0;      // of one broadcast, in bytes
    std::size_t instance_bytes = 0;     // of the instance's name, which each broadcast holds
    bool joined = false;                // the channel
    TimePoint now;
};
/// A client with a new name that nobody can guess: only a controller that knows the name can post for the client.
std::unique_ptr<Client> make_client(const OpenRequest& request, const ClientSettings& settings,
                                    const OpenConditions& conditions);

/// Why no client can be opened where there are `count` already: the reason and a sentence; nothing: one can. `taken`:
/// one of them has the browser for itself.
std::optional<Refusal> refusal_of_open(const OpenRequest& request, const ClientSettings& settings, std::size_t count,
                                       bool taken);

}  // namespace relay
