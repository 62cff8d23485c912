// The inside of platform::WebSocket: one connection's reading and writing side, from the handshake to its end.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "platform/clock.hpp"
#include "platform/kept_memory.hpp"
#include "platform/websocket/frames.hpp"
#include "platform/websocket/send_buffer.hpp"
#include "platform/websocket/websocket.hpp"
#include "platform/websocket/wire.hpp"

namespace platform {

struct WebSocket::Impl {
    Impl(net::any_io_executor executor, WebSocketOptions opts)
        : options(opts),
          memory(executor),
          reader(opts.max_message, opts.skipped, memory.spares()),
          wire(executor),
          buffer(opts.mask, memory.spares()),
          flushed(executor, TimePoint::max()),
          ended(executor, TimePoint::max()) {}

    awaitable<Error> connect(net::ip::tcp::socket socket, Upgrade upgrade, const TlsContext* tls);

    awaitable<Result<Incoming>> read();
    std::optional<Incoming> take();

    void queue(Opcode opcode, std::span<const std::string_view> parts);
    void queue_shared(Opcode opcode, std::string_view head, SharedText body, std::string_view tail);
    void queue_close(std::uint16_t code, std::string_view reason);
    awaitable<Error> flush();
    void flush_now();
    bool has_unsent() const { return !buffer.empty() || wire.unsent() > 0; }

    void drop();

    WebSocketOptions options;
    KeptMemory::User memory;
    FrameReader reader;
    Wire wire;
    SendBuffer buffer;
    Timer flushed;  // never expires; cancelled when a flush ends
    Timer ended;    // never expires; cancelled when the reader knows how the connection ended

    Error end_reason;   // of the connection as the reader found it; read() returns it for ever
    Error write_error;  // of the writing side
    bool open = false;
    bool flushing = false;
    bool close_sent = false;
    bool answers_due = false;  // pongs, or the answer to a close, are queued
    TimePoint heard{};
    std::uint16_t peer_code = close_code::none;
    Refusal answer;  // to the handshake, whatever it was

  private:
    awaitable<Error> flush_alone();
    awaitable<Error> find_verdict(Error failure);
    awaitable<Error> finish();
    awaitable<Error> say_goodbye();
    void end(Error why);
    void close_socket();
};

}  // namespace platform
