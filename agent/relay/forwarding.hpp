// A command from the policy's judgement to the browser, and from the browser's answer to its result. Scripts take their
// gates along, new sessions are made flat, and a stream that the browser target does not know is asked of the page.
#pragma once

#include <string_view>

#include "agent/relay/agent_commands.hpp"
#include "agent/relay/answers.hpp"
#include "agent/relay/browser_contexts.hpp"
#include "agent/relay/client_commands.hpp"
#include "agent/relay/command_judge.hpp"
#include "agent/relay/core/flights.hpp"
#include "agent/relay/core/tickets.hpp"
#include "agent/relay/download_places.hpp"
#include "agent/relay/script_gates.hpp"
#include "agent/relay/settings.hpp"
#include "cdp/browser_port.hpp"

namespace relay {

/// What Forwarding works with; all of it outlives it.
struct ForwardingNeeds {
    const Settings& settings;
    cdp::BrowserPort& browser;
    Tickets& tickets;
    CommandJudge& judge;
    Flights& flights;
    DownloadPlaces& downloads;
    Answers& answers;
    AgentCommands& agent;
    ClientCommands& clients;
};

class Forwarding {
  public:
    explicit Forwarding(const ForwardingNeeds& needs);

    /// Judges the command and hands it to the browser, or to the agent's own commands. A refused one is answered at
    /// once. The flight may have ended when this returns.
    void judge_and_send(Flight& flight, const Command& command, Place place);

    /// The browser's answer to a command, or to one of the agent's own that goes along with commands.
    void on_answer(const cdp::Answer& answer);

    /// The browser's answer to that command is needed, even if the command was answered already.
    bool follows(realtime::Ticket ticket) const { return scripts_.follows(ticket); }

    void on_new_browser();

  private:
    void send(Flight& flight, const Command& command, Place place, std::string_view params);
    void send_script(Flight& flight, const Command& command, Place place);
    void send_flattened(Flight& flight, const Command& command, Place place);
    void take_script_back(Flight& flight, const Command& command, Place place);
    void to_browser_target(Flight& flight, cdp::Destination to, std::string_view params);
    void submit(Flight& flight, cdp::Destination to, std::string_view params);
    bool retry_at_default_page(Flight& flight, const cdp::Answer& answer);
    cdp::Destination destination(const Command& command, Place place) const noexcept;

    ForwardingNeeds needs_;
    BrowserContexts contexts_;
    ScriptGates scripts_;
};

}  // namespace relay
