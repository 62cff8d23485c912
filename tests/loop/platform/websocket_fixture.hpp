// A WebSocket client, Beast's server on a thread of its own, and scripts for it: what its tests begin with.
#pragma once

#include <gtest/gtest.h>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "peer.hpp"
#include "platform/websocket/websocket.hpp"

namespace tests {

namespace beast = boost::beast;
using namespace net::experimental::awaitable_operators;
using platform::Incoming;
using platform::WebSocket;
using platform::WebSocketErrc;
using platform::WebSocketOptions;
using ServerSocket = beast::websocket::stream<tcp::socket>;

// A script that gets its connection with the WebSocket already open.
inline Peer::Script websocket_script(std::function<void(ServerSocket&)> script) {
    return [script = std::move(script)](tcp::socket socket) {
        socket.set_option(tcp::no_delay(true));
        ServerSocket server(std::move(socket));
        server.read_message_max(std::size_t{64} << 20);
        server.accept();
        script(server);
    };
}

// Echoes until the client closes.
inline void echo(ServerSocket& server) {
    for (;;) {
        beast::flat_buffer buffer;
        server.read(buffer);
        server.binary(server.got_binary());
        server.write(buffer.cdata());
    }
}

inline std::string unmasked_frame(std::uint8_t first, std::string_view payload) {
    std::string frame{static_cast<char>(first), static_cast<char>(payload.size())};
    return frame.append(payload);
}

inline awaitable<Error> connect(WebSocket& client, std::uint16_t port) {
    const auto executor = co_await net::this_coro::executor;
    tcp::socket socket(executor);
    const tcp::endpoint endpoint(net::ip::address_v4::loopback(), port);
    const auto [ec] = co_await socket.async_connect(endpoint, no_throw);
    if (ec) co_return ec;
    platform::Upgrade upgrade;
    upgrade.host = "127.0.0.1";
    upgrade.port = port;
    upgrade.target = "/socket?vsn=2.0.0";
    upgrade.headers = {{"X-Test", "yes"}};
    const Error opened = co_await client.connect(std::move(socket), std::move(upgrade), nullptr);
    co_return opened;
}

using Ends = std::pair<Error, Error>;  // of a reader and a writer

struct Read {
    Error error;
    std::string data;
    bool binary = false;
    std::uint64_t size = 0;
};

inline awaitable<Read> read_copy(WebSocket& client) {
    const Result<Incoming> got = co_await client.read();
    Read read;
    if (!got)
        read.error = got.error();
    else
        read = {{}, std::string(got->data), got->binary, got->size};
    co_return read;
}

class WebSocketTest : public ::testing::Test {
  protected:
    Error open(WebSocket& client, const Peer& peer) { return run(io, connect(client, peer.port())); }
    Read read(WebSocket& client) { return run(io, read_copy(client)); }
    Error flush(WebSocket& client) { return run(io, client.flush()); }

    net::io_context io;
};

}  // namespace tests
