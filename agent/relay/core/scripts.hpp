// The scripts for new documents that stand in the browser's sessions, each behind its gate (see script_gate.hpp). A
// gate cannot be taken away by itself: a controller may take back only what was given to it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace relay {

/// Sessions whose scripts are remembered. Beyond it the oldest is forgotten: its scripts stay until the session ends.
inline constexpr std::size_t max_script_sessions = 1024;
/// Scripts of one session. Beyond it no more are registered.
inline constexpr std::size_t max_session_scripts = 1000;

class RegisteredScripts {
  public:
    using Ticket = std::uint64_t;  // as cdp::Ticket

    /// A script is on its way behind its gate. `session` as the controller named it: empty for the default page.
    void begin(Ticket script, Ticket gate, std::string_view session);
    bool full(std::string_view session) const;

    bool is_gate(Ticket ticket) const { return of_gates_.contains(ticket); }
    bool is_script(Ticket ticket) const { return going_.contains(ticket); }

    /// A gate's answer; `identifier` is that of its result, or empty.
    void on_gate(Ticket gate, std::string_view identifier);

    enum class Outcome : std::uint8_t {
        other,      // no script's answer
        stands,     // registered behind its gate
        no_script,  // not registered; its gate is to be taken back
        no_gate,    // registered without its gate: it is to be taken back
    };
    struct Answered {
        Outcome outcome = Outcome::other;
        std::string identifier;  // what is to be taken back, if not empty
    };
    /// The script's own answer, from the session that Chrome names; `identifier` likewise.
    Answered on_script(Ticket script, std::string_view real_session, std::string_view identifier);

    /// The script was given to the session's controllers.
    bool stands(std::string_view session, std::string_view identifier) const;
    /// The gate of a script that was given to the session's controllers; forgotten with the script.
    std::optional<std::string> take(std::string_view session, std::string_view identifier);

    /// Another browser: nothing stands.
    void clear();

  private:
    struct Going {
        Ticket gate = 0;
        std::string session;
        bool gate_answered = false;
        std::string gate_identifier;
    };
    struct Session {
        std::string real;                                    // the session that answered
        std::unordered_map<std::string, std::string> gates;  // by the script's identifier
    };
    Session& at(const std::string& session);

    std::unordered_map<Ticket, Going> going_;      // by the script's ticket
    std::unordered_map<Ticket, Ticket> of_gates_;  // the gate's → the script's
    std::unordered_map<std::string, Session> sessions_;
    std::deque<std::string> order_;  // of sessions_, the oldest first
};

}  // namespace relay
