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
#include "agent/relay/client_stream.hpp"
#include "agent/relay/core/client_text.hpp"
#include "agent/relay/core/client_waits.hpp"
#include "agent/relay/core/gather.hpp"
#include "agent/relay/core/lease.hpp"
#include "agent/relay/core/pace_turns.hpp"
#include "agent/relay/core/result.hpp"
#include "agent/relay/settings.hpp"
#include "agent/relay/spilled_messages.hpp"
#include "platform/core/time_point.hpp"

namespace relay {

/// The Agent.open by which a client was opened. A controller that lost its link sends it once more, with the same id.
struct OpenedBy {
    std::string id;                              // of the command; empty once the client has posted
    std::string params;                          // of the command, as they came
    std::vector<realtime::Ticket> waiting = {};  // for an answer
};

/// What a sealed client has besides.
struct Sealing {
    std::string greeting;                 // what TLS says in the answer to its Agent.open
    bool proved = false;                  // its key
    std::string key = {};                 // whose it is, once that was proved: its name, or its fingerprint
    std::string fingerprint = {};         // of that key
    bool exclusive = false;               // it wants the browser for itself, once its key was proved
    bool said_all = false;                // nothing more comes from it: it ends with its last answer
    std::vector<std::string> early = {};  // its messages until it has its session
    std::size_t early_bytes = 0;

    void keep_early(const std::vector<std::string_view>& messages);
    std::vector<std::string> take_early() noexcept;
};

struct Client {
    enum class State : std::uint8_t {
        greeting,   // sealed, and its key is not proved
        opening,    // its session was asked for
        open,       // it is served
        finishing,  // it takes nothing new, and ends when it has what it was sent
    };
    /// The reason of an end that comes before the session.
    static constexpr std::string_view not_opened = "timeout";
    State state = State::opening;
    std::string id;
    std::string label;
    std::string target = {};   // of the page whose session it asked for; empty: one of the browser target
    std::string session = {};  // the browser's name of the client's session
    OpenedBy open;
    realtime::SenderId sender = 0;      // in its turns
    realtime::SenderId controller = 0;  // who opened it
    bool exclusive = false;
    ClientStream stream;
    std::optional<Sealing> sealing = {};  // nothing: it is plain
    SpilledMessages spilled = {};         // behind all that the stream holds
    Lease lease;
    Gather gather = {};
    std::size_t unanswered = 0;                        // its commands
    bool blocked = false;                              // the outbox had no room
    PaceTurn turn = {};                                // what waits for it waits for room in the pace
    double opened_pace = 0;                            // that the answer to its Agent.open told
    bool pace_changed = false;                         // since then: each broadcast tells the present one
    bool pumped = true;                                // nothing came since the last look at its stream
    std::set<std::string, std::less<>> contexts = {};  // browser contexts that it made
    ClientWaits waits = {};                            // but for what is in its own contexts
    bool passed_over = false;                          // since it was last heard, something of that went on
    TimePoint heard_at;                                // its last post, or the last join of the channel
    TimePoint give_up_at = TimePoint::max();           // an opening or a finish that takes longer is over then

    /// Its controller knows it: it was answered.
    bool told() const noexcept { return sealing || state != State::opening; }
    /// It has a session, or had one.
    bool served() const noexcept { return state == State::open || state == State::finishing; }

    /// It asks nothing more, and all that it asked is answered.
    bool over() const noexcept {
        return sealing && sealing->said_all && state == State::open && unanswered == 0 && sealing->early.empty();
    }
    /// For people: its label; without one whose key it is, once that was proved.
    const std::string& called() const noexcept { return label.empty() && sealing ? sealing->key : label; }
    /// It has received everything and knows that it ends: no `ended` event is sent.
    bool ends_silently() const noexcept {
        return sealing && sealing->said_all && state == State::finishing && drained();
    }

    /// It showed itself.
    void heard(TimePoint now) noexcept;
    /// The channel was joined, or the join was lost.
    void on_link(bool joined, TimePoint now) noexcept;
    /// When it counts as silent, if nothing is heard of it until then: `after` is how long it may leave a broadcast
    /// without an answer. TimePoint::max(): it owes none, or the channel is not joined.
    TimePoint silent_at(Duration after) const noexcept;

    /// It has been sent everything, and has acknowledged it.
    bool drained() const noexcept { return stream.drained() && spilled.empty(); }
    /// Bytes held for it in memory.
    std::size_t bytes() const noexcept {
        const std::size_t sealed = sealing ? stream.sealed_bytes() + sealing->early_bytes : 0;
        return stream.bytes() + spilled.in_memory() + sealed;
    }

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
/// Those whose key is not proved.
std::size_t unproved_in(const ClientTable& clients) noexcept;
/// The one that has the browser for itself; null: none.
const Client* holder_of(const ClientTable& clients) noexcept;

/// What the open ones call themselves, for people. `with_keys`: those without a label are called by their keys.
std::vector<std::string> labels_of(const ClientTable& clients, bool with_keys);

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

/// Why no client can be opened beside those: the reason and a sentence; nothing: one can.
std::optional<Refusal> refusal_of_open(const OpenRequest& request, const ClientSettings& settings,
                                       const ClientTable& clients);
/// Why a client whose key was proved cannot be served beside the others: the reason of its end; empty: it can.
std::string_view refusal_of_proved(const Client& client, const ClientSettings& settings,
                                   const ClientTable& clients) noexcept;

}  // namespace relay
