// Finds the DevTools endpoint of a browser that somebody else runs, anew before each connection: its port and its id
// change with every start.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/net.hpp"

namespace cdp {

struct Settings;  // cdp/settings.hpp

/// What a Chrome that asks a person for consent answers to /json/version, and to a path that is another browser's.
inline constexpr int http_not_found = 404;

/// What the owner configured.
struct BrowserAddress {
    enum class Kind : std::uint8_t {
        http,       // http://host:port, ws://host:port or host:port: asked for /json/version
        websocket,  // ws://host:port/devtools/browser/ID: connected to as it stands, found again by host and port
        folder,     // a profile folder with a DevToolsActivePort file in it
    };
    Kind kind = Kind::http;
    std::string host;  // a name or an address without brackets
    std::uint16_t port = 0;
    std::string path;  // of the websocket, where one was given, or of the folder
};

/// Reads http://…, ws://…, host:port, or the path of a folder. Errc::bad_address.
Result<BrowserAddress> parse_browser_address(std::string_view text);

/// The DevTools port of the browser, where the settings name one: of the one attached to, or by the owner's own switch.
/// 0 for none.
std::uint16_t devtools_port(const Settings& settings);

/// The port and path in a DevToolsActivePort file: two lines. Nothing else is accepted.
struct ActivePort {
    std::uint16_t port = 0;
    std::string path;
};
Result<ActivePort> parse_active_port(std::string_view text);

/// In a profile folder.
inline constexpr std::string_view port_file_name = "DevToolsActivePort";
/// The text of that file.
Result<std::string> read_port_file(const std::string& folder);

/// The path of a ws:// URL in the answer of /json/version, but for a page's; its host is an echo of our own request.
Result<std::string> path_in_version(std::string_view body);

/// A browser's endpoint: an address to connect to and the path of its websocket.
struct Endpoint {
    net::ip::tcp::endpoint address;
    std::string path;
    std::string host_header;  // the address, never a name: Chrome refuses names
    bool asks = false;        // each connection asks the person at the browser for consent
};

/// How long each address of a name may take while others are left: another program may hold the port at one of them,
/// and keep silent. The last one is bounded by the caller alone.
inline constexpr Duration address_turn = std::chrono::seconds{3};

/// The endpoint at the first of these addresses that tells of one; they are asked one after the other. Where none does
/// and a path is given, that path at the first address that answers at all.
awaitable<Result<Endpoint>> discover_at(std::vector<net::ip::tcp::endpoint> addresses, std::string given,
                                        Duration turn = address_turn);

/// Finds the endpoint, at whichever address of the host. Errors: Errc, or those of the resolver and the connection.
/// Bound it with a timer.
awaitable<Result<Endpoint>> discover(BrowserAddress address, bool allow_remote);

/// The address as it stands in a Host header: [::1]:9222.
std::string host_header(const net::ip::tcp::endpoint& address);

/// The body of `GET /json/version`: read as its header says, since Chrome keeps the connection open. One try.
awaitable<Result<std::string>> fetch_version(net::ip::tcp::endpoint address);

}  // namespace cdp
