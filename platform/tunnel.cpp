#include "platform/tunnel.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/connect.hpp>
#include <cstdlib>
#include <utility>
#include <variant>

#include "platform/addresses.hpp"
#include "platform/http/curl_transfer.hpp"
#include "platform/proxy_text.hpp"
#include "platform/unique_fd.hpp"
#include "platform/url.hpp"
#include "platform/wait.hpp"

namespace platform {

namespace {

using net::ip::tcp;

constexpr std::uint16_t default_proxy_port = 1080;  // curl's, for every kind of proxy

class TunnelCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "tunnel"; }
    std::string message(int value) const override {
        switch (static_cast<TunnelErrc>(value)) {
            case TunnelErrc::resolve_failed:
                return "The host's name can't be resolved: check the name and the DNS.";
            case TunnelErrc::refused:
                return "The host refused the connection: nothing listens on that port.";
            case TunnelErrc::unreachable:
                return "The host can't be reached: check the network.";
            case TunnelErrc::timed_out:
                return "The connection was not open in time.";
            case TunnelErrc::proxy_resolve_failed:
                return "The proxy's name can't be resolved: check the proxy's address.";
            case TunnelErrc::proxy_unreachable:
                return "The proxy can't be reached: check the proxy's address.";
            case TunnelErrc::proxy_authentication:
                return "The proxy wants other credentials: put user and password into the proxy's address.";
            case TunnelErrc::proxy_refused:
                return "The proxy refused to open a tunnel to the host.";
            case TunnelErrc::proxy_closed:
                return "The proxy took the connection and ended it without an answer.";
            case TunnelErrc::proxy_not_http:
                return "The proxy speaks SOCKS, and its address says HTTP.";
            case TunnelErrc::proxy_not_socks:
                return "The proxy speaks HTTP, and its address says SOCKS.";
            case TunnelErrc::proxy_scheme:
                return "Proxies spoken to over TLS (https://) are not supported: use http:// or socks5h://.";
            case TunnelErrc::proxy_invalid:
                return "The proxy's address can't be read: it should be like http://user:password@host:port.";
            case TunnelErrc::failed:
                return "The connection could not be opened.";
        }
        return "Unknown connection error.";
    }
};

// The proxy's address as a Url, whatever its scheme: only host and port matter. Credentials are cut off first.
Result<Url> parse_proxy(std::string_view proxy) {
    const std::size_t scheme_end = proxy.find("://");
    std::string_view rest = scheme_end == proxy.npos ? proxy : proxy.substr(scheme_end + 3);
    if (const std::size_t at = rest.rfind('@'); at != rest.npos) rest.remove_prefix(at + 1);
    return parse_url("http://" + std::string(rest));
}

bool has_port(std::string_view proxy) {
    while (proxy.ends_with('/')) proxy.remove_suffix(1);
    const std::size_t colon = proxy.rfind(':');
    return colon != proxy.npos && colon + 1 < proxy.size() &&
           proxy.find_first_not_of("0123456789", colon + 1) == proxy.npos;
}

std::string configured_proxy(const NetOptions& options) {
    if (!options.proxy.empty()) return options.proxy == "none" ? std::string() : normal_proxy(options.proxy);
    for (const char* name : proxy_variables) {
        const char* value = std::getenv(name);
        auto proxy = normal_proxy(value ? value : "");
        if (!proxy.empty()) return proxy;
    }
    return {};
}

// Runs on the worker: has curl open the connection, then takes the socket away from it.
NetResult<UniqueFd> connect_by_curl(const Url& url, const NetOptions& options, const ProxyChoice& choice,
                                    std::stop_token stop) {
    CurlTransfer transfer(options, choice);
    const auto address = url.origin();
    curl_easy_setopt(transfer.handle(), CURLOPT_URL, address.c_str());
    curl_easy_setopt(transfer.handle(), CURLOPT_CONNECT_ONLY, 1L);
    Error ec = transfer.run(std::move(stop), TunnelErrc::failed);
    if (!ec) {
        UniqueFd socket(::fcntl(transfer.active_socket(), F_DUPFD_CLOEXEC, 0));
        if (socket) return socket;
        ec = TunnelErrc::failed;
    }
    return transfer.failure(ec, url.host, url.port);
}

Result<tcp::socket> adopt(UniqueFd fd, const net::any_io_executor& executor) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return TunnelErrc::failed;
    tcp::socket socket(executor);
    Error ec;
    socket.assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), fd.get(), ec);
    if (ec) return ec;
    (void)fd.release();
    socket.set_option(tcp::no_delay(true), ec);
    if (ec) return ec;
    return socket;
}

Error name_connect_error(Error ec) {
    if (ec == net::error::connection_refused) return TunnelErrc::refused;
    if (ec == net::error::timed_out) return TunnelErrc::timed_out;
    if (ec == net::error::host_unreachable || ec == net::error::network_unreachable) return TunnelErrc::unreachable;
    return ec;
}

// Loopback needs no proxy and no thread.
awaitable<Result<tcp::socket>> open_loopback(std::string host, std::uint16_t port, Duration timeout) {
    const auto executor = co_await net::this_coro::executor;
    const auto endpoints = co_await addresses_of(std::move(host), port);
    if (!endpoints) co_return TunnelErrc::resolve_failed;
    tcp::socket socket(executor);
    Timer limit(executor);
    limit.expires_after(timeout);
    auto connecting = within(limit, net::async_connect(socket, *endpoints, no_throw));
    const auto connected = co_await std::move(connecting);
    if (!connected) co_return TunnelErrc::timed_out;
    Error ec = std::get<0>(*connected);
    if (!ec) socket.set_option(tcp::no_delay(true), ec);
    if (ec) co_return name_connect_error(ec);
    co_return socket;
}

}  // namespace

const boost::system::error_category& tunnel_category() noexcept {
    static const TunnelCategory category;
    return category;
}

std::string proxy_host(std::string_view proxy) {
    const auto address = parse_proxy(proxy);
    return address ? address->host : std::string{};
}

std::string_view proxy_scheme_of(std::string_view proxy) {
    const std::size_t end = proxy.find("://");
    return end == proxy.npos ? "http" : proxy.substr(0, end);
}

Result<std::string> choose_proxy(const NetOptions& options) {
    std::string proxy = configured_proxy(options);
    if (proxy.empty()) return proxy;
    const std::string_view scheme = proxy_scheme_of(proxy);
    if (scheme == "https") return TunnelErrc::proxy_scheme;
    const bool known =
        scheme == "http" || scheme == "socks4" || scheme == "socks4a" || scheme == "socks5" || scheme == "socks5h";
    if (!known || !parse_proxy(proxy)) return TunnelErrc::proxy_invalid;
    return proxy;
}

std::uint16_t proxy_port(std::string_view proxy) {
    const Result<Url> url = parse_proxy(proxy);
    if (!url) return 0;
    return has_port(proxy) ? url->port : default_proxy_port;
}

std::string describe_proxy(const NetOptions& options, std::string_view host) {
    if (is_loopback(host)) return {};
    const std::string proxy = configured_proxy(options);
    if (proxy.empty()) return {};
    const Result<Url> url = parse_proxy(proxy);
    if (!url) return "(unreadable)";
    std::string shown = url->host.find(':') == std::string::npos ? url->host : '[' + url->host + ']';
    return std::string(proxy_scheme_of(proxy)) + "://" + shown + ':' + std::to_string(proxy_port(proxy));
}

Way way_of(const tcp::socket& tunnel, std::string host, std::uint16_t port, const NetOptions& options) {
    Way way;
    way.port = port;
    // NO_PROXY is curl's to judge: what it did is read off the port that it connected to.
    Error ec;
    const auto peer = tunnel.remote_endpoint(ec);
    const auto proxy = is_loopback(host) ? Result<std::string>(std::string{}) : choose_proxy(options);
    const bool proxied = !ec && proxy && !proxy->empty() && peer.port() == proxy_port(*proxy);
    if (proxied) way.proxy = describe_proxy(options, host);
    way.host = std::move(host);
    return way;
}

awaitable<NetResult<tcp::socket>> open_tunnel(Worker& network, std::string host, std::uint16_t port,
                                              NetOptions options) {
    Way way;
    way.host = host;
    way.port = port;
    way.limit = options.connect_timeout;
    if (is_loopback(host)) {
        auto direct = co_await open_loopback(std::move(host), port, options.connect_timeout);
        if (!direct) co_return explain_way(direct.error(), way);
        co_return std::move(*direct);
    }
    const auto executor = co_await net::this_coro::executor;
    const Result<ProxyChoice> choice = read_proxy_choice(options, host);
    if (!choice) co_return explain_way(choice.error(), way);
    // An http address, for curl must not speak TLS itself: that begins on the socket that it hands over.
    Url url;
    url.scheme = "http";
    url.host = std::move(host);
    url.port = port;
    auto connect = [url, options, choice = *choice](std::stop_token stop) {
        return connect_by_curl(url, options, choice, std::move(stop));
    };
    NetResult<UniqueFd> socket = co_await run_blocking(network, std::move(connect));
    if (!socket) co_return socket.error();
    Result<tcp::socket> adopted = adopt(std::move(*socket), executor);
    if (!adopted) co_return explain_way(adopted.error(), way);
    co_return std::move(*adopted);
}

}  // namespace platform
