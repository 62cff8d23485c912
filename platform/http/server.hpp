// A small HTTP/1.1 server for this machine alone: on a unix socket (the control socket) or on loopback (a login's
// redirect, metrics, the bridge), and a client for the former. Beast is hidden here. Thread rule: the loop's thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/net.hpp"
#include "platform/trust.hpp"

namespace platform {

class ServerSocket;  // platform/http/server_socket.hpp

struct ServerRequest {
    std::string method;
    std::string path;   // decoded nowhere: as it came, without the query
    std::string query;  // behind '?', as it came
    std::string host;   // the Host header
    std::string cookie;
    std::string
        purpose;  // why a browser asks before anybody clicked: Sec-Purpose and its forerunners; empty: somebody did
    std::string fetch_mode;  // Sec-Fetch-Mode: "navigate" for an address that is opened; empty: the client does not say
    std::string fetch_dest;  // Sec-Fetch-Dest: "document" for a whole page; empty: likewise
    std::optional<std::string> origin;  // the Origin header, where there is one
    std::string authorization;          // the Authorization header
    bool upgrade = false;               // it asks for a WebSocket
    std::string body;
    std::optional<Peer> peer;  // on a unix socket

    /// A parameter of the query, percent-decoded; nothing when it is not there, or there twice.
    std::optional<std::string> parameter(std::string_view name) const;
};

struct ServerReply {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers = {};
    /// For a request that asks for an upgrade: the connection becomes a WebSocket, which this serves until it returns.
    /// Then no other member of the reply is sent.
    std::function<awaitable<void>(ServerSocket&)> websocket = {};
};

/// Called for each request, one at a time a connection. Must not throw.
using ServerHandler = std::function<awaitable<ServerReply>(ServerRequest)>;

/// Bounds: bytes of a request's header and body, the time for each and for an answer to be taken.
inline constexpr std::size_t server_header_bytes = 16 * 1024;
inline constexpr std::size_t server_body_bytes = 256 * 1024;
inline constexpr std::chrono::seconds server_header_limit{5};
inline constexpr std::chrono::seconds server_body_limit{10};
inline constexpr std::chrono::seconds server_answer_limit{10};
/// Connections at a time. Beyond them the oldest goes that waits for its peer. On a unix socket root and the server's
/// own user have places that nobody else gets, and no other user gets more than a few; on loopback the system does not
/// say who connects.
inline constexpr std::size_t server_connections = 32;
inline constexpr std::size_t server_connections_reserved = 16;
inline constexpr std::size_t server_connections_of_one = 8;
/// Those that the system holds until they are accepted.
inline constexpr int server_backlog = 128;
/// The system gives no more connections: the time to the next try.
inline constexpr std::chrono::milliseconds server_accept_pause{200};

class HttpServer {
  public:
    /// On 127.0.0.1; port 0 takes a free one.
    static Result<HttpServer> on_loopback(net::any_io_executor executor, std::uint16_t port);

    /// On that address; port 0 takes a free one. `connections`: at a time, WebSockets included.
    static Result<HttpServer> on_address(net::any_io_executor executor, const net::ip::tcp::endpoint& where,
                                         std::size_t connections);

    /// On a unix socket of that mode. One that is left over from a process that is gone is replaced; the path is
    /// removed at the end. Its folder must be there.
    static Result<HttpServer> on_unix(net::any_io_executor executor, const std::filesystem::path& path, unsigned mode);

    HttpServer(HttpServer&&) noexcept;
    ~HttpServer();

    std::uint16_t port() const;

    /// Serves until stop() or cancellation, and until the last connection has ended. WebSockets are ended by what
    /// serves them. What a handler throws ends all connections, and is thrown then.
    awaitable<Error> run(ServerHandler handler);
    void stop();

  private:
    struct Impl;
    explicit HttpServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// One request to a unix socket. Nothing is sent to a stranger (platform/trust.hpp). A server that had no place, or
/// lost it before it answered, is asked again for a while: what it takes twice must do no harm. Errors: errno's of the
/// connection (ENOENT, ECONNREFUSED: nobody listens), timed_out, FileErrc::stranger.
struct UnixRequest {
    std::filesystem::path socket;
    std::string method = "GET";
    std::string target = "/";
    std::string body;
    Duration timeout = std::chrono::seconds{10};
};
struct UnixResponse {
    int status = 0;
    std::string body;
};
inline constexpr std::size_t unix_answer_bytes = 16 * 1024 * 1024;
/// From the first try to the last, and between two.
inline constexpr std::chrono::seconds unix_retry_limit{5};
inline constexpr std::chrono::milliseconds unix_retry_pause{50};
awaitable<Result<UnixResponse>> fetch_unix(UnixRequest request);

}  // namespace platform
