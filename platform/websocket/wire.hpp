// The bytes below a WebSocket: a TCP connection, with TLS over it where that is asked for. Thread rule: the executor's.
// One coroutine may receive while another one sends.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "platform/net.hpp"
#include "platform/tls.hpp"

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
    /// As much as the system takes at once; not over TLS. Whatever went wrong is met again by send_some().
    std::size_t send_now(std::string_view bytes);

    /// Nothing more is sent; what comes is still received.
    Error shut_sending();
    void close();

    /// For how long the newest bytes that came have been here, read or not. Zero where the system does not tell.
    Duration age_of_newest();
    std::uint64_t bytes_in() const { return bytes_in_; }
    std::uint64_t bytes_out() const { return bytes_out_; }

  private:
    net::ip::tcp::socket socket_;
    std::optional<net::ssl::stream<net::ip::tcp::socket&>> tls_;
    TlsPeer peer_;
    std::uint64_t bytes_in_ = 0;
    std::uint64_t bytes_out_ = 0;
};

}  // namespace platform
