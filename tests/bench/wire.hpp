// What the three programs of the bench share: a websocket on loopback, and a joined device channel on it.
#pragma once

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bench {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

constexpr bool compressing = false;  // nobody here does, and what cannot costs less to compile
using Socket = websocket::stream<net::ip::tcp::socket, compressing>;
using TlsSocket = websocket::stream<net::ssl::stream<net::ip::tcp::socket>, compressing>;

/// Whether the hub speaks TLS: BENCH_TLS is set. Its certificate is not looked at, which costs least.
bool with_tls();

/// Where the hub is and whose channel is meant; filled from the environment, since tokens do not go into arguments.
struct Device {
    std::uint16_t port = 0;
    std::string key, token, uuid;

    /// Reads BENCH_HUB_PORT, BENCH_KEY, BENCH_TOKEN and BENCH_DEVICE; throws a sentence when one is missing.
    static Device from_environment();
    std::string topic() const { return "realtime:device:" + uuid; }
};

/// Opens a websocket to `path` at a port of loopback: no compression, no fragments, no delay, no limit on messages.
/// Of either kind, as join() is.
template <class S>
void connect(S& socket, std::uint16_t port, const std::string& path);

/// The path of the hub's websocket, with the key.
std::string hub_path(const Device& device);
/// The frame that joins the device's channel privately; its join_ref is "1". `acknowledged`: the server answers each
/// broadcast that has a ref.
std::string join_frame(const Device& device, bool acknowledged);

/// Connects to the hub and joins; blocks until the join is accepted.
template <class S>
void join(S& socket, const Device& device, bool acknowledged = false);

/// The bytes of a string member `"name":"…"` or an integer member `"name":123` in `text`, unescaped by nobody: the
/// bench knows both sides. Empty when absent.
std::string_view member(std::string_view text, std::string_view name);

}  // namespace bench
