// The texts on the controller's end of the device channel: commands as they are sent, results and events as they are
// read. Source: the device channel's contract. Pure; views are slices of the text that was read.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bridge {

/// One command. `id` is text that needs no escapes; `params` JSON text of an object, empty: none; `session` empty:
/// none.
struct CommandText {
    std::string_view id;
    std::string_view method;
    std::string_view params = {};
    std::string_view session = {};
    std::chrono::milliseconds timeout{0};  // 0: the agent's own
};
std::string write_command(const CommandText& command);

/// An Agent.post. `members` and `raw` are those of the message stream's broadcast: with bytes it is a raw payload.
std::string write_post(std::string_view id, std::string_view client, std::string_view members,
                       std::string_view raw = {});
/// Greatest number of bytes that write_post() adds to the members, for an id and a client's name of up to 128 bytes
/// each.
inline constexpr std::size_t post_envelope = 384;
inline constexpr std::size_t max_client_name = 128;

/// The params of an Agent.open.
std::string write_open(std::string_view target, std::string_view label, bool exclusive,
                       std::chrono::milliseconds lease);

/// A cdp-result. `readable` is false if the text is no cdp-result.
struct ResultText {
    bool readable = false;
    std::string id;  // empty if the id is no string: such a command was not ours
    bool ok = false;
    std::string_view result;  // JSON text; empty where there is none
    std::string_view error;   // JSON text of an object; likewise
};
ResultText read_result(std::string_view payload);

/// An error object. A member that it lacks is empty or 0.
struct ErrorText {
    std::int64_t code = 0;
    std::string message;
    std::string source;  // "agent", "bridge"; empty: the browser's own
    std::string reason;
    std::string stream;      // of a result that is too large for the channel: where it is read
    std::uint64_t size = 0;  // bytes of that result
};
ErrorText read_error(std::string_view error);

/// An error of this end: `reason` is one of "unreachable", "unanswered", "barred", "too_large", "stopped", "untrusted".
/// `source`: whose refusal it is.
std::string write_bridge_error(std::string_view reason, std::string_view message, std::string_view source = "bridge");

/// The result of an Agent.open.
struct OpenedText {
    std::string client;  // empty: it cannot be read
    std::string instance;
    std::uint64_t payload = 0;  // bytes of one broadcast
    std::uint64_t message = 0;  // bytes of one message
    std::uint64_t lease_ms = 0;
    std::optional<double> pace = {};  // broadcasts a second, 0 for any number; nothing: the agent does not say
    std::string data;                 // of a sealed client: the far agent's first TLS records
    bool binary = false;              // likewise: raw broadcasts go both ways
};
OpenedText read_opened(std::string_view result);

/// The members of a cdp-event beside those of the message stream.
struct EventText {
    std::string client;
    std::string instance;
    std::string ended;                // why the client has ended; empty: it has not
    std::optional<double> pace = {};  // the new one, where it has changed
};
EventText read_event(std::string_view payload);

/// The result of an IO.read.
struct PieceText {
    bool readable = false;
    std::string_view data;  // JSON text of a string
    bool eof = false;
};
PieceText read_piece(std::string_view result);

}  // namespace bridge
