// Targets that stand still until a client lets them run. A client that attaches with waitForDebuggerOnStart stops every
// new target of the browser, also those of others, until it sends Runtime.runIfWaitingForDebugger. Where such a client
// has fallen silent (its bridge was killed, its link is cut), its part is done for it, so that the pages of others run.
// The client itself lives on: when it returns, its own command does nothing more.
#pragma once

#include <string_view>

#include "agent/relay/client.hpp"
#include "agent/relay/client_browser.hpp"
#include "agent/relay/pace_shares.hpp"
#include "cdp/core/message.hpp"
#include "platform/core/time_point.hpp"

namespace relay {

class WaitingTargets {
  public:
    /// The client's command that lets the target of a session run.
    static constexpr std::string_view run_method = "Runtime.runIfWaitingForDebugger";

    /// All of it outlives the WaitingTargets.
    WaitingTargets(const ClientSettings& settings, const ClientTable& clients, const PaceShares& shares,
                   ClientBrowser& browser) noexcept
        : settings_{settings}, clients_{clients}, shares_{shares}, browser_{browser} {}

    /// The client is about to hear that event.
    static void on_event(Client& client, const cdp::Message& event);
    /// The session has ended.
    void on_session_end(std::string_view session) const;
    /// A command that belongs to no client goes to the browser.
    void on_other_command(TimePoint now) noexcept { other_command_at_ = now; }

    /// When the targets that wait for that client are to be let run, as it looks at `now`; TimePoint::max(): not yet.
    /// A client that is alone has its targets wait: it finds them so when it returns.
    TimePoint due_at(const Client& client, TimePoint now) const;
    /// Lets those run that are due. Answers to its commands have `ticket`, and mean nothing.
    void let_run_due(TimePoint now, realtime::Ticket ticket) const;

  private:
    TimePoint silent_at(const Client& client) const;
    bool others_work(const Client& client, TimePoint now) const;

    const ClientSettings& settings_;
    const ClientTable& clients_;
    const PaceShares& shares_;
    ClientBrowser& browser_;
    TimePoint other_command_at_ = TimePoint::min();
};

}  // namespace relay
