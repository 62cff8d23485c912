// Why a client of the far browser is over, and the sentence that says so to a person. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bridge {

/// Why a client is over.
enum class ClientEnd : std::uint8_t {
    left,           // the client itself asked for it: Browser.close was answered
    busy,           // another client has exclusive use, or the agent is paused
    refused,        // by the agent: its policy, too many clients, or a release without clients
    no_target,      // the page that was wanted is not there
    browser_lost,   // the far browser ended or is not there
    agent_changed,  // the far agent has started anew, or does not know the client any more
    unreachable,    // nobody answers on the channel, or the channel cannot be joined
    overrun,        // more bytes wait in one direction than are kept
    broken,         // one of the two ends broke the rules of the stream
    untrusted,      // one of the two ends does not take the other's key, or the far agent does not speak TLS
};

struct Ending {
    ClientEnd end = ClientEnd::broken;
    std::string sentence = {};  // for a person: what happened and what to do
    /// The word of the far agent's or of this end's, as in the data of an error; lives for ever. Empty: there is none.
    std::string_view reason = {};
};

/// JSON text of the error object for a command that the client's end has cut off.
std::string error_of(const Ending& ending);

/// What the far agent's `ended` means. `reason` is its word; `of_page`: the client had a page's session for its own.
Ending ending_of(std::string_view reason, bool of_page);

/// What the error of an Agent.open means. `error` is JSON text of the error object; `of_page` as above.
Ending ending_of_open(std::string_view error, bool of_page);

}  // namespace bridge
