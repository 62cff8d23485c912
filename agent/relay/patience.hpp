// How long what a client hears waits for more, so that both go in one broadcast. Pure. One thread, the loop's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/relay/client.hpp"
#include "agent/relay/settings.hpp"
#include "cdp/core/message.hpp"
#include "platform/core/time_point.hpp"

namespace relay {

/// How soon the client wants to hear of something.
enum class Awaited : std::uint8_t {
    receipt,   // the answer to an acknowledgement: the event that it makes room for comes soon
    progress,  // nobody waits for it
    news,      // perhaps nobody waits for it
    event,     // the browser waits for what the client does about it
    reply,     // other replies of the client are still to come
    last,      // none is: the client goes on with this one
};

/// Of an event.
Awaited awaited(const cdp::Message& event);
/// Of the answer to a command, for a client that has so many other commands without one.
Awaited awaited_answer(std::string_view method, std::size_t unanswered) noexcept;

/// Something came for the client at `now`. `between_two`: how far apart its broadcasts are at its pace.
void gather(Client& client, Awaited how, const ClientSettings& settings, Duration between_two, TimePoint now);

}  // namespace relay
