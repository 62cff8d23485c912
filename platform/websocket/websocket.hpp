// A WebSocket client over TCP or TLS. Messages that arrive are handed out as slices of one reused buffer; messages that
// leave are gathered in memory and written together.
//
// One thread, the executor's. One coroutine may read while another one writes. Owner: its maker; read(), flush()
// and close() must have ended before it is destroyed. drop() ends them.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "platform/core/shared_text.hpp"
#include "platform/net.hpp"
#include "platform/tls.hpp"

namespace platform {

class SkippedMessage;  // platform/websocket/frames.hpp

enum class WebSocketErrc {
    refused = 1,        // the server answered the handshake with another HTTP status: see Refusal
    upgrade_stripped,   // something on the way (a proxy, a gateway) took the upgrade away: see Refusal
    bad_handshake,      // an answer that is no HTTP, or a false Sec-WebSocket-Accept
    handshake_timeout,  // no whole answer to the handshake within the limit
    closed,             // the peer sent a close frame: see close_code()
    lost,               // the connection ended without a close frame (1006)
    invalid_utf8,       // a text message was not UTF-8: the connection is ended (RFC 6455, 8.1)
    protocol,           // a frame that RFC 6455 forbids: the connection is ended
    not_open,           // used before connect() or after the end
};
const boost::system::error_category& websocket_category() noexcept;
inline Error make_error_code(WebSocketErrc code) noexcept {
    return {static_cast<int>(code), websocket_category()};
}

/// Close codes of RFC 6455, 7.4.1.
namespace close_code {
inline constexpr std::uint16_t none = 0;  // no close frame came
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t no_status = 1005;  // a close frame without a code
inline constexpr std::uint16_t invalid_payload = 1007;
inline constexpr std::uint16_t too_big = 1009;
inline constexpr std::uint16_t service_restart = 1012;
}  // namespace close_code

struct WebSocketOptions {
    std::size_t max_message = std::size_t{16} << 20;        // bytes; longer ones are skipped and reported
    Duration handshake_timeout = std::chrono::seconds{15};  // TLS and HTTP together; TCP has its own limit
    std::size_t max_refusal_body = std::size_t{64} << 10;   // bytes of a refusal's body that are kept
    /// RFC 6455 wants a mask that the peer can't guess. False sends a mask of zero, which costs nothing: for a peer on
    /// loopback without a proxy between.
    bool mask = true;
    /// Gets the messages that are skipped for their length; null: nobody does. Must outlive the WebSocket.
    SkippedMessage* skipped = nullptr;
};

/// What to ask for. `host` is a name or an address without brackets.
struct Upgrade {
    std::string host;  // for Host, SNI and verification
    std::uint16_t port = 0;
    std::string target = "/";                                  // path and query
    std::vector<std::pair<std::string, std::string>> headers;  // in addition; no Origin is sent unless it is here
};

/// The HTTP answer that refused a handshake.
struct Refusal {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
    std::string body;                                          // cut at max_refusal_body
    std::string_view header(std::string_view name) const;      // first of that name, or empty
};

/// A message that arrived. `data` is valid until the next read() or poll(). At least 64 readable bytes (of any content)
/// lie behind it: the padding that simdjson wants.
struct Incoming {
    std::string_view data;
    bool binary = false;
    std::uint64_t size = 0;  // of the message; where it is beyond max_message `data` is only its first 4 KiB

    bool too_long() const { return size != data.size(); }
};

/// One connection: after its end a new one needs a new object.
class WebSocket {
  public:
    explicit WebSocket(net::any_io_executor executor, WebSocketOptions options = {});
    ~WebSocket();
    WebSocket(WebSocket&&) noexcept;
    WebSocket& operator=(WebSocket&&) noexcept;

    /// Handshakes over an open connection: platform/tunnel.hpp gives one. `tls` null: plain ws://.
    /// Errors: WebSocketErrc, TlsErrc, or the socket's own.
    awaitable<Error> connect(net::ip::tcp::socket socket, Upgrade upgrade, const TlsContext* tls);

    /// Why connect() ended in WebSocketErrc::refused or upgrade_stripped.
    const Refusal& refusal() const;
    /// Header of the answer that opened the connection ("date", "server"); empty where there was none. Lower-case name.
    std::string_view response_header(std::string_view name) const;
    /// What the server's certificate said, also one that was refused; empty without TLS.
    const TlsPeer& tls_peer() const;

    /// The next message. Pings are answered and close frames echoed on the way. A cancelled read may be repeated.
    /// Errors: WebSocketErrc closed, lost, invalid_utf8, protocol; operation_aborted after cancellation or drop().
    awaitable<Result<Incoming>> read();

    /// The next message if it is here already: no wait, no system call, no allocation. Nothing: await read().
    /// `while (auto got = socket.poll()) {…}` after each read() handles what came together.
    std::optional<Result<Incoming>> poll();

    /// Hands over the memory of the message that was read last, where it is large: it is not copied then.
    KeptMessage keep();

    /// Puts one unfragmented message, made of the three parts, behind what waits to be written. Nothing is sent before
    /// flush(). The parts are copied (and masked) here. Does nothing after the end of the connection.
    void queue(bool binary, std::string_view head, std::string_view body = {}, std::string_view tail = {});

    /// The same, with a body that is shared: it is not copied but held until it is written.
    void queue_shared(bool binary, std::string_view head, SharedText body, std::string_view tail);

    /// Bytes that wait to be written. A writer stops queueing beyond flush_at and awaits flush().
    std::size_t queued() const;
    static constexpr std::size_t flush_at = std::size_t{64} << 10;

    /// Writes all that is queued, in as few writes as the system allows; completes at once when the system takes it
    /// all. Cancelled in the middle of a frame, the connection can only be dropped.
    awaitable<Error> flush();

    /// Writes what is queued as far as the system takes it now. The rest, and all errors, are for flush().
    /// Does nothing while flush() runs.
    void flush_now();

    /// When the last frame arrived.
    TimePoint last_heard() const;

    /// Sends a close frame behind all that is queued. The reader goes on until it sees WebSocketErrc::closed or lost:
    /// bound that wait. Nothing can be queued afterwards.
    awaitable<Error> close(std::uint16_t code = close_code::normal, std::string_view reason = {});

    /// Ends the connection now; read(), flush() and connect() end with operation_aborted. May be called at any time.
    void drop();

    /// The code of the peer's close frame (close_code::none: none came). For what came instead see the Error of read().
    std::uint16_t peer_close_code() const;

    /// For how long the newest bytes that came have been here, read or not: more than a moment where nobody could read
    /// them. Zero where the system does not tell.
    Duration age_of_newest() const;

    /// Bytes that went through the connection, frame headers included.
    std::uint64_t bytes_read() const;
    std::uint64_t bytes_written() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace platform

template <>
struct boost::system::is_error_code_enum<platform::WebSocketErrc> : std::true_type {};
