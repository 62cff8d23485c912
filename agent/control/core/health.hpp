// The one function that decides whether this agent can serve a command now, and what keeps it from that: each trouble
// has its name, its sentence and its remedy. Status, service manager, doctor, metrics and exit codes all say what it
// says. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/realtime/core/lifecycle.hpp"

namespace control {

/// What may be wrong, the worst first.
enum class Trouble : std::uint8_t {
    unpaired,       // at the gate
    not_joined,     // the channel is not joined
    paused,         // a person has the machine
    yielding,       // silent for an elder agent of the same device
    no_browser,     // no browser answers
    audit_refuses,  // no audit line can be written, and commands are refused for that
    not_accepted,   // the backend does not take the results
    disputed,       // a member of the channel claims the device and answers nothing; commands are served
    token_ends,     // the token runs out soon and nothing replaces it; commands are served until then
    audit_stopped,  // no audit line can be written; commands are served without
    spool_full,     // downloads and uploads find no room; other commands are served
};
inline constexpr std::size_t troubles = 11;

/// The word for status, metrics and log; one closed set.
std::string_view to_string(Trouble trouble) noexcept;
std::optional<Trouble> trouble_named(std::string_view name) noexcept;

/// Whether commands are answered by the browser all the same.
bool serves(Trouble trouble) noexcept;

/// A token that nothing replaces is a trouble so long before it runs out: as long as a pairing asks for at least.
inline constexpr std::chrono::hours token_ends_ahead{24};
/// For a token from outside (a file, the service manager, `--ephemeral`): it is short, and replaced or not needed any
/// more before its end.
inline constexpr std::chrono::minutes given_token_ends_ahead{5};

/// What is known of one agent. Sentences that are empty: nothing is wrong there.
struct Vitals {
    bool paired = true;
    std::string gate_reason;
    std::string gate_remedy;  // empty where the reason has it
    realtime::State link = realtime::State::joined;
    std::string link_reason;
    std::string paused;  // "for 10 min"
    bool yielding = false;
    bool disputed = false;
    bool browser_known = false;  // false: nothing is known of it, and it counts as answering
    bool browser_answers = false;
    std::string browser_reason;
    std::string browser_remedy;
    std::string not_accepted;                        // why the last result was not accepted
    std::optional<std::chrono::seconds> token_left;  // negative: it has run out; nothing: it does not end
    std::string token_left_words;                    // the same for people: "3 h"
    bool token_refreshed = false;                    // by itself
    std::string token_trouble;                       // of the last refresh
    std::string token_remedy;
    bool token_given = false;  // from outside, not of a pairing
    std::string audit;         // why no line can be written
    bool audit_refuses = false;
    std::string spool;  // why there is no room
};

struct Ailment {
    Trouble what;
    std::string sentence;
    std::string remedy;
};

/// All that is wrong, the worst first; empty: a command can be served now, and nothing is about to end that.
std::vector<Ailment> examine(const Vitals& vitals);

/// For how long the answer about this token holds if nothing else happens: until it begins to be a trouble, and then
/// until it has run out. Nothing: for ever.
std::optional<std::chrono::seconds> token_holds(const Vitals& vitals);

}  // namespace control
