#include "agent/bridge/core/client_end.hpp"

#include <array>

#include "agent/bridge/core/far_text.hpp"

namespace bridge {
namespace {

struct Row {
    std::string_view reason;
    ClientEnd end;
    std::string_view sentence;
};

/// The reasons of `ended`, and those of an Agent.open that was refused.
constexpr std::array of_ended{
    Row{"closed", ClientEnd::left, "The client was closed."},
    Row{"lease", ClientEnd::unreachable,
        "The far agent heard nothing from this client for too long and ended it: connect again."},
    Row{"session_lost", ClientEnd::browser_lost, "The far browser ended the client's session: connect again."},
    Row{"browser_lost", ClientEnd::browser_lost,
        "The far browser has ended: connect again, the agent there starts another one."},
    Row{"stopping", ClientEnd::agent_changed, "The far agent stops, or its machine was unpaired."},
    Row{"bad_request", ClientEnd::broken, "The far agent could not read what this client sent."},
    Row{"unreadable", ClientEnd::broken, "The far browser sent what is no valid text."},
    Row{"denied", ClientEnd::refused, "The far machine's policy forbids clients (Agent.post)."},
    Row{"overloaded", ClientEnd::overrun,
        "More waited for this client than the far agent holds: the channel is too slow for what the browser tells."},
    Row{"too_large", ClientEnd::overrun, "The backend takes smaller messages than before: connect again."},
    Row{"no_client", ClientEnd::agent_changed,
        "The far agent does not know the client any more, it has started anew: connect again."},
    Row{"not_trusted", ClientEnd::untrusted,
        "The far machine does not list this controller's key: its owner adds the line that agent --key prints to "
        "trust.controllers."},
    Row{"handshake", ClientEnd::untrusted,
        "The far agent could not agree on TLS with this end, or somebody on the channel changed what was sent."},
    Row{"bad_record", ClientEnd::broken,
        "The far agent was sent something that is not this client's: somebody on the channel disturbs it. Connect "
        "again."},
};
constexpr std::array of_refusal{
    Row{"busy", ClientEnd::busy, "The far browser is taken: "},
    Row{"denied", ClientEnd::refused, "The far machine's policy forbids it: "},
    Row{"overloaded", ClientEnd::refused, "The far agent takes no client more: "},
    Row{"timeout", ClientEnd::browser_lost, "The far browser does not answer: "},
    Row{"browser_unavailable", ClientEnd::browser_lost, "The far machine has no browser: "},
    Row{"browser_lost", ClientEnd::browser_lost, "The far browser was lost: "},
    Row{"stopping", ClientEnd::agent_changed, "The far agent stops: "},
    Row{"stale", ClientEnd::unreachable, "The far machine was asleep, connect again: "},
    Row{"unreachable", ClientEnd::unreachable, ""},
    Row{"unanswered", ClientEnd::unreachable, ""},
    Row{"barred", ClientEnd::unreachable, ""},
    Row{"stopped", ClientEnd::unreachable, ""},
};

/// The last rows of refusals are of this end.
bool is_of_this_end(std::string_view reason) {
    return reason == "unreachable" || reason == "unanswered" || reason == "barred" || reason == "stopped";
}

template <class Rows>
const Row* find(const Rows& rows, std::string_view reason) {
    for (const Row& row : rows) {
        if (row.reason == reason) return &row;
    }
    return nullptr;
}

}  // namespace

Ending ending_of(std::string_view reason, bool of_page) {
    if (of_page && reason == "session_lost") {
        return {ClientEnd::no_target, "The page was closed, or it crashed: list the pages again."};
    }
    const Row* const row = find(of_ended, reason);
    if (row != nullptr) return {row->end, std::string{row->sentence}, row->reason};
    return {ClientEnd::broken, "The far agent ended the client for a reason that this release does not know: " +
                                   std::string{reason} + "."};
}

Ending ending_of_open(std::string_view error, bool of_page) {
    constexpr int method_not_found = -32601;
    const ErrorText text = read_error(error);
    if (!text.source.empty()) {
        const Row* const row = find(of_refusal, text.reason);
        if (row != nullptr) return {row->end, std::string{row->sentence} + text.message, row->reason};
        return {ClientEnd::refused, "The far agent refuses the client: " + text.message};
    }
    if (text.code == method_not_found) {
        return {ClientEnd::refused, "The far agent knows no clients, its release is too old: update it."};
    }
    if (of_page) return {ClientEnd::no_target, "There is no such page: " + text.message};
    return {ClientEnd::refused, "The far browser refuses the client: " + text.message};
}

std::string error_of(const Ending& ending) {
    if (ending.end == ClientEnd::untrusted) return write_bridge_error("untrusted", ending.sentence);
    const bool of_agent = find(of_refusal, ending.reason) != nullptr && !is_of_this_end(ending.reason);
    if (!ending.reason.empty()) {
        return write_bridge_error(ending.reason, ending.sentence, of_agent ? "agent" : "bridge");
    }
    const bool silent = ending.end == ClientEnd::unreachable;
    return write_bridge_error(silent ? "unreachable" : "broken", ending.sentence);
}

}  // namespace bridge
