// Opens TCP connections to the outside. libcurl does it (names, happy eyeballs, HTTP and SOCKS proxies with any
// authentication), then the socket is ours: one proxy policy for REST and WebSockets, kept by somebody else.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <string>
#include <string_view>
#include <type_traits>

#include "platform/net.hpp"
#include "platform/net_failure.hpp"
#include "platform/net_options.hpp"
#include "platform/worker.hpp"

namespace platform {

enum class TunnelErrc {
    resolve_failed = 1,  // the name of the host is not known
    refused,             // the host is there and nothing listens
    unreachable,         // no way to the host
    timed_out,           // not open within the time limit
    proxy_resolve_failed,
    proxy_unreachable,     // nothing answers at the proxy's address
    proxy_authentication,  // the proxy wants other credentials (407)
    proxy_refused,         // the proxy answered, and did not open the tunnel
    proxy_closed,          // the proxy took the connection and ended it without an answer
    proxy_not_http,        // it speaks SOCKS, and HTTP was asked for
    proxy_not_socks,       // it speaks HTTP, and SOCKS was asked for
    proxy_scheme,          // a kind of proxy that is not supported (https://)
    proxy_invalid,         // the proxy's address can't be read
    failed,                // anything else
};
const boost::system::error_category& tunnel_category() noexcept;
inline Error make_error_code(TunnelErrc code) noexcept {
    return {static_cast<int>(code), tunnel_category()};
}

/// Opens a connection to host:port, through the proxy that `options` and the environment name. Loopback is direct,
/// always. Cancelling ends it at once. The socket has TCP_NODELAY set and belongs to the awaiting coroutine's executor.
awaitable<NetResult<net::ip::tcp::socket>> open_tunnel(Worker& network, std::string host, std::uint16_t port,
                                                       NetOptions options);

/// What leads to host:port over that connection, for explain_way(): with the proxy where it goes through one.
Way way_of(const net::ip::tcp::socket& tunnel, std::string host, std::uint16_t port, const NetOptions& options);

/// The proxy that the options or the environment name (with its credentials), not looking at NO_PROXY. Empty: none.
/// Refuses https:// proxies and what can't be read.
Result<std::string> choose_proxy(const NetOptions& options);

/// The port of a proxy's address: 1080, as curl has it, where it names none. 0: the address can't be read.
std::uint16_t proxy_port(std::string_view proxy);

/// Its host, and the scheme of its address ("http" where it has none).
std::string proxy_host(std::string_view proxy);
std::string_view proxy_scheme_of(std::string_view proxy);

/// The same proxy for people: without user and password. Empty for loopback and where there is none.
std::string describe_proxy(const NetOptions& options, std::string_view host);

}  // namespace platform

template <>
struct boost::system::is_error_code_enum<platform::TunnelErrc> : std::true_type {};
