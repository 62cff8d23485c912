// What others wait for because of a client that has fallen silent (its bridge was killed, its link is cut). A client
// that attaches with waitForDebuggerOnStart stops every new target of the browser until it lets it run, and one that
// enables Fetch in a page holds the requests of that page until it answers each. Where others are at work, the agent
// does both in place of a silent client. The client itself lives on: its own commands come too late, and do nothing.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "agent/relay/client.hpp"
#include "agent/relay/client_browser.hpp"
#include "agent/relay/core/client_waits.hpp"
#include "agent/relay/core/command.hpp"
#include "agent/relay/core/flights.hpp"
#include "agent/relay/pace_shares.hpp"
#include "cdp/core/message.hpp"
#include "platform/core/time_point.hpp"

namespace relay {

class ContinueForSilent {
  public:
    /// All of it outlives the ContinueForSilent.
    ContinueForSilent(const ClientSettings& settings, const ClientTable& clients, const PaceShares& shares,
                      ClientBrowser& browser) noexcept
        : settings_{settings}, clients_{clients}, shares_{shares}, browser_{browser} {}

    /// The client is about to hear that event.
    void on_event(Client& client, const cdp::Message& event) const;
    /// The id of the request that the command answers; empty: it answers none.
    static std::string request_answered_by(const Command& command);
    /// A command of the client's goes to the browser. Its flight keeps what request_answered_by() says.
    static void on_command(Client& client, const Flight& command);
    /// Its outcome is known.
    static void on_outcome(Client& client, const Flight& command, bool carried_out);
    /// The session has ended.
    void on_session_end(std::string_view session) const;
    /// A command that belongs to no client goes to the browser.
    void on_other_command(TimePoint now) noexcept { other_command_at_ = now; }

    /// When what waits for that client is to go on, as it looks at `now`; TimePoint::max(): not yet. What waits for a
    /// client that is alone goes on waiting: the client finds it so when it returns.
    TimePoint due_at(const Client& client, TimePoint now) const;
    /// Lets go on what is due. Each of its commands takes a ticket: the next after `last`.
    void act_due(TimePoint now, realtime::Ticket& last);
    /// The browser's word on a command; does nothing where it is on another one.
    void on_answer(const cdp::Answer& answer, TimePoint now);

  private:
    struct Asked {
        std::string client;
        ClientWaits::One what;
    };
    TimePoint silent_at(const Client& client) const;
    bool others_work(const Client& client, TimePoint now) const;
    bool in_own_context(const Client& client, std::string_view session) const;

    const ClientSettings& settings_;
    const ClientTable& clients_;
    const PaceShares& shares_;
    ClientBrowser& browser_;
    TimePoint other_command_at_ = TimePoint::min();
    std::map<realtime::Ticket, Asked> asked_;  // of the browser, which answers each within a time limit
};

}  // namespace relay
