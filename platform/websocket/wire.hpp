// The bytes below a WebSocket: a TCP connection, with TLS over it where that is asked for. Thread rule: the executor's.
// One coroutine may receive while another one sends.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "platform/net.hpp"
#include "platform/tls.hpp"
#include "platform/websocket/tls_records.hpp"

namespace platform {

class Wire {
  public:
    explicit Wire(const net::any_io_executor& executor) : socket_(executor) {}

    /// From now on it is this connection.
    Error take(net::ip::tcp::socket socket);
    /// `host` is what the certificate must be for. Errors: TlsErrc, or the socket's own.
    awaitable<Error> start_tls(std::string host, const TlsContext& context);
    bool has_tls() const { return tls_.has_value(); }
    /// What the server's certificate said, also one that was refused; empty without TLS.
    const TlsPeer& peer() const { return peer_; }

    /// WebSocketErrc::lost however the connection ended; else the socket's own.
    awaitable<Result<std::size_t>> receive(std::span<char> room);
    awaitable<Result<std::size_t>> send_some(std::string_view bytes);
    /// The best size of one send, in bytes: over TLS what is encrypted together, while it is in the processor's cache.
    std::size_t piece() const;
    /// As much as the system takes at once. Whatever went wrong is met again by send_some(). Over TLS what the system
    /// did not take is unsent().
    std::size_t send_now(std::string_view bytes);
    /// Bytes that were taken and wait all the same: send_some() sends them first, also with nothing behind them.
    /// Nothing may be sent at once until then.
    std::size_t unsent() const { return tls_ ? tls_->unsent() : 0; }

    /// Nothing more is sent; what comes is still received.
    Error shut_sending();
    void close();

    /// For how long the newest bytes that came have been here, read or not. Zero where the system does not tell.
    Duration age_of_newest();
    std::uint64_t bytes_in() const { return bytes_in_; }
    std::uint64_t bytes_out() const { return bytes_out_; }

  private:
    awaitable<Error> shake_hands();
    awaitable<Error> receive_records();
    awaitable<Result<std::size_t>> receive_text(std::span<char> room);
    awaitable<Error> send_records();
    void send_records_now();

    net::ip::tcp::socket socket_;
    std::optional<TlsRecords> tls_;
    bool sending_records_ = false;
    TlsPeer peer_;
    std::uint64_t bytes_in_ = 0;
    std::uint64_t bytes_out_ = 0;
};

}  // namespace platform
