// Opens a WebSocket over a connection that stands: TLS where it is asked for, the HTTP upgrade, the judgement of its
// answer.
#pragma once

#include "platform/net.hpp"
#include "platform/websocket/frames.hpp"
#include "platform/websocket/websocket.hpp"
#include "platform/websocket/wire.hpp"

namespace platform {

/// Where an opening works. All of it outlives the call.
struct Opening {
    Wire& wire;
    FrameReader& reader;   // gets what came behind the answer
    Refusal& answer;       // to the handshake, whatever it was
    std::size_t max_body;  // bytes of a refusal's body that are kept
};

/// `tls` null: plain ws://. Errors: WebSocketErrc, TlsErrc, or the socket's own.
awaitable<Error> open_websocket(Opening opening, Upgrade upgrade, const TlsContext* tls);

}  // namespace platform
