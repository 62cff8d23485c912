// What the three programs of the bench share: a websocket on loopback, and a joined device channel on it.
#pragma once

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

using Stream = beast::tcp_stream;
using Socket = websocket::stream<net::ip::tcp::socket>;

/// Where the hub is and whose channel is meant; filled from the environment, since tokens do not go into arguments.
struct Device {
    std::uint16_t port = 0;
    std::string key, token, uuid;

    /// Reads BENCH_HUB_PORT, BENCH_KEY, BENCH_TOKEN and BENCH_DEVICE; throws a sentence when one is missing.
    static Device from_environment();
    std::string topic() const { return "realtime:device:" + uuid; }
};

/// Opens a websocket to `path` at a port of loopback: no compression, no fragments, no delay, no limit on messages.
void connect(Socket& socket, std::uint16_t port, const std::string& path);

/// Connects to the hub and joins the device's channel privately; blocks until the join is accepted. The join_ref is
/// "1". `acknowledged`: the server answers each broadcast that has a ref.
void join(Socket& socket, const Device& device, bool acknowledged = false);

/// The bytes of a string member `"name":"…"` or an integer member `"name":123` in `text`, unescaped by nobody: the
/// bench knows both sides. Empty when absent.
std::string_view member(std::string_view text, std::string_view name);

}  // namespace bench
