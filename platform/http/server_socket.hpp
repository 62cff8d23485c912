// A WebSocket that a client of HttpServer has opened: the server's end. Beast is hidden here. Compression is not
// offered. Pings are answered while read() waits.
//
// Thread rule: the loop's thread. One coroutine may read while another one writes. Owner: HttpServer, while
// ServerReply::websocket serves it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "platform/net.hpp"

namespace platform {

/// Bytes of the largest message from the client; a larger one ends the connection with close code 1009.
inline constexpr std::size_t server_message_bytes = std::size_t{256} << 20;
/// The client's time for the handshake, and for its answer to a close frame.
inline constexpr std::chrono::seconds server_close_limit{3};
/// Bytes of the reason in a close frame (RFC 6455, 5.5).
inline constexpr std::size_t close_reason_bytes = 123;

class ServerSocket {
  public:
    struct Impl;
    explicit ServerSocket(std::unique_ptr<Impl> impl);
    ~ServerSocket();
    ServerSocket(const ServerSocket&) = delete;
    ServerSocket& operator=(const ServerSocket&) = delete;

    /// The next message, text or binary. Valid until the next read(). Any error: nothing more comes.
    awaitable<Result<std::string_view>> read();

    /// One unfragmented text frame. `message` stays where it is until it is written.
    awaitable<Error> write(std::string_view message);

    /// Sends a close frame, waits for the client's answer (server_close_limit), and ends the connection. Not while
    /// write() is at work; read() may be. `reason` is UTF-8, close_reason_bytes at most.
    awaitable<void> close(std::uint16_t code, std::string_view reason);

    /// Ends the connection now; a running read() or write() ends with an error.
    void drop();

  private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace platform
