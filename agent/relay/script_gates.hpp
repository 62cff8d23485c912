// Scripts for new documents on their way to the browser: each goes behind its gate (core/script_gate.hpp), and is taken
// back with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/relay/core/command.hpp"
#include "agent/relay/core/flights.hpp"
#include "agent/relay/core/result.hpp"
#include "agent/relay/core/scripts.hpp"
#include "agent/relay/core/tickets.hpp"
#include "agent/relay/settings.hpp"
#include "cdp/browser_port.hpp"

namespace relay {

/// Sends the gates, and takes them back, as commands of the agent's own. The controller's commands are the caller's to
/// send.
class ScriptGates {
  public:
    /// All of it outlives it.
    ScriptGates(const Settings& settings, cdp::BrowserPort& browser, Tickets& tickets)
        : settings_{settings}, browser_{browser}, tickets_{tickets} {}

    /// Sends the gate of a script that is to be registered there. `params` are those to register the script with;
    /// nothing: there is no script in the command, which goes out as it came.
    struct Gated {
        std::optional<Refusal> refusal = {};
        std::optional<std::string> params = {};
    };
    Gated send_gate(const Flight& flight, const Command& command, const cdp::Destination& to);

    /// The command takes back a script that may have a gate.
    bool takes_back(const Command& command) const;
    /// That command of takes_back() goes to the browser. False: its script was not registered in that session, and
    /// nobody may take it back.
    bool begin_removal(realtime::Ticket ticket, const Command& command);
    /// The answer to a command: a script that it took back takes its gate along. Where the script stands, so does the
    /// gate.
    void on_removal(const cdp::Answer& answer);

    /// The answer to that command is waited for, even if nobody else wants it.
    bool follows(realtime::Ticket ticket) const { return scripts_.is_script(ticket) || removals_.contains(ticket); }

    /// The answer to a gate. False: it is none.
    bool on_gate(const cdp::Answer& answer);
    /// The answer to a command: where it registered a script without its gate, the script is taken back and the command
    /// refused.
    std::optional<Refusal> on_script(const cdp::Answer& answer);

    /// Another browser has none.
    void on_new_browser();

  private:
    struct Removal {
        std::string session;  // as the controller named it
        std::string identifier;
    };
    void remove(const cdp::Destination& to, std::string_view identifier);

    const Settings& settings_;
    cdp::BrowserPort& browser_;
    Tickets& tickets_;
    RegisteredScripts scripts_;
    std::unordered_map<realtime::Ticket, Removal> removals_;  // at the browser
};

}  // namespace relay
