// The byte stream below a connection: TCP, or TLS over it.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <vector>

#include "platform/net.hpp"

namespace hub {

class Transport {
  public:
    virtual ~Transport() = default;
    virtual awaitable<Error> handshake() = 0;
    /// Bytes read, or 0 at the end of the stream and on any error.
    virtual awaitable<std::size_t> read_some(net::mutable_buffer buffer) = 0;
    /// All of them, in as few system calls as can be.
    virtual awaitable<Error> write(const std::vector<net::const_buffer>& buffers) = 0;
    /// Whether bytes wait to be read.
    virtual bool readable() = 0;
    /// Whether the peer is on this machine.
    virtual bool local() const = 0;
    /// Ends pending reads and writes.
    virtual void close() = 0;
};

std::unique_ptr<Transport> make_transport(net::ip::tcp::socket socket, net::ssl::context* tls);

}  // namespace hub
