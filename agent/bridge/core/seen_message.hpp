// One thing that passed between a controller and a far browser, read from a message. Pure. Any member of the channel
// can write such messages: texts are bounded where they are kept, and nothing of them is trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "platform/core/time_point.hpp"

namespace bridge {

/// Texts are as they came: uncleaned.
struct SeenMessage {
    enum class Kind : std::uint8_t {
        answer,   // a command with its answer
        waiting,  // a command that has no answer yet
        event,    // of the browser's, to a client
        ended,    // the far agent has ended a client
        note,     // about the watch itself
    };
    /// Bytes that are kept of the parameters of a command or an event.
    static constexpr std::size_t most_params = 4096;

    Kind kind = Kind::note;
    std::string client = {};   // empty: a single command, beside all clients
    std::string session = {};  // empty: none
    std::string id = {};       // JSON text of a number or a string; empty: none that can be shown
    std::string method = {};
    std::string params = {};  // JSON text, or its beginning where it has less than params_bytes
    std::size_t params_bytes = 0;
    bool command_heard = true;  // of an answer; false: no method and no time
    Duration took{};            // of an answer: since the command was heard here
    bool ok = true;             // likewise
    std::size_t bytes = 0;      // of the result
    std::int64_t code = 0;      // of the error
    std::string text = {};      // the error's message, the reason of an end, the note
};

/// The word for each kind in JSON.
inline constexpr std::pair<std::string_view, SeenMessage::Kind> seen_kinds[] = {{"answer", SeenMessage::Kind::answer},
                                                                                {"waiting", SeenMessage::Kind::waiting},
                                                                                {"event", SeenMessage::Kind::event},
                                                                                {"ended", SeenMessage::Kind::ended},
                                                                                {"note", SeenMessage::Kind::note}};

/// A command, a result, an event, or one of a client's messages. Views are slices of the text that was read.
struct SeenText {
    bool readable = false;
    SeenMessage sight;  // without its kind and its outcome
    std::string_view params;
    std::string_view result;
    std::string_view error;
};
SeenText read_seen(std::string_view object);

/// What an answer says.
SeenMessage seen_answer(const SeenText& text);

}  // namespace bridge
