// Writes `cdp-result` payloads: one pass into a string of the right size, the browser's text spliced in as it came.
// Source: the device channel's contract, "cdp-result".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/core/shared_text.hpp"

namespace relay {

/// Why the agent itself answers a command.
enum class Reason : std::uint8_t {
    bad_request,          // it cannot be read, or a checked parameter is ambiguous
    denied,               // the policy forbids it
    timeout,              // no answer within the limit
    browser_unavailable,  // no browser within the grace
    browser_lost,         // connection, session or target went: it may or may not have taken effect
    too_large,            // the result is beyond the payload limit, or the command beyond the browser's
    overloaded,           // a bound on commands in flight or bytes held was reached
    stopping,             // the agent stops, or was unpaired
    busy,                 // paused, or a client holds the browser
    stale,                // it waited over a suspend
};

/// The name and the code that go with a reason.
struct ReasonText {
    std::string_view name;
    int code = 0;
};
ReasonText describe(Reason reason) noexcept;

/// An answer of the agent's own: why, a sentence for the sender, and JSON text of further members of `data`.
struct Refusal {
    Reason reason = Reason::bad_request;
    std::string message;
    std::string extra = {};
};

/// The longest message of a refusal, in bytes; longer ones are cut at a character.
inline constexpr std::size_t max_message_bytes = 512;

/// No refusal is longer than this while `extra` stays within 256 bytes: it fits the room that the outbox keeps free.
inline constexpr std::size_t max_refusal_bytes = 2048;

/// `{"id":…,"ok":true,"result":…}`. `id` and `result` are JSON text.
std::string write_result(std::string_view id, std::string_view result);
/// The same without a copy where `result` lies in a large message and what goes around it fits around it there: it is
/// written over what the browser wrote there. `memory` may be null.
platform::SharedText write_result(std::string_view id, std::string_view result, platform::MessageMemory* memory);

/// `{"id":…,"ok":false,"error":…}` with the browser's error object as it came.
std::string write_error(std::string_view id, std::string_view error);

/// How long write_result() would be, to know before writing whether it fits.
std::size_t result_size(std::string_view id, std::size_t result_bytes) noexcept;

/// An answer of the agent's own. `message` is plain text (control characters become spaces, and in invalid UTF-8
/// every byte beyond ASCII a '?');
/// `extra` is JSON text of further members of `data` ("" or `"size":1,"limit":2`).
std::string write_refusal(std::string_view id, Reason reason, std::string_view message, std::string_view extra = {});

/// An error in the browser's own shape, for what the agent answers in its place (its streams, its methods).
std::string write_cdp_error(std::string_view id, int code, std::string_view message);

}  // namespace relay
