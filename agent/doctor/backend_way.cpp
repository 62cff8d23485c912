#include "agent/doctor/backend_way.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <set>

#include "agent/doctor/remedy.hpp"
#include "agent/realtime/core/failure.hpp"
#include "agent/realtime/endpoint.hpp"
#include "platform/tls_look.hpp"
#include "platform/tunnel.hpp"
#include "platform/websocket/websocket.hpp"

namespace doctor {
namespace {

using platform::TlsErrc;
using platform::TunnelErrc;

constexpr std::chrono::seconds tls_limit{15};

/// The addresses of one family, as text; why not, where there is none.
std::set<std::string> addresses(const std::string& host, int family, int& failed) {
    addrinfo hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    std::set<std::string> texts;
    for (const auto* one = failed == 0 ? found : nullptr; one != nullptr; one = one->ai_next) {
        char name[NI_MAXHOST] = {};
        if (::getnameinfo(one->ai_addr, one->ai_addrlen, name, sizeof name, nullptr, 0, NI_NUMERICHOST) == 0)
            texts.insert(name);
    }
    if (failed == 0) ::freeaddrinfo(found);
    return texts;
}

std::string shown(const std::set<std::string>& texts) {
    std::string all;
    for (const auto& text : texts) all.append(all.empty() ? "" : " ").append(text);
    return all.empty() ? "none" : all;
}

bool of_proxy(const Error& ec) {
    for (const auto code :
         {TunnelErrc::proxy_resolve_failed, TunnelErrc::proxy_unreachable, TunnelErrc::proxy_authentication,
          TunnelErrc::proxy_refused, TunnelErrc::proxy_closed, TunnelErrc::proxy_not_http, TunnelErrc::proxy_not_socks,
          TunnelErrc::proxy_scheme, TunnelErrc::proxy_invalid}) {
        if (ec == code) return true;
    }
    return false;
}

std::string remedy_of_tls(Error ec) {
    if (ec == TlsErrc::unknown_issuer || ec == TlsErrc::self_signed) {
        return "if that issuer is your company's (a proxy that inspects TLS), name its authority's PEM file in "
               "net.ca_file; else somebody stands between";
    }
    if (ec == TlsErrc::expired || ec == TlsErrc::not_yet_valid || ec == TlsErrc::clock_wrong) {
        return "compare this machine's clock (timedatectl); if it is right, the server needs a new certificate";
    }
    if (ec == TlsErrc::wrong_host) return "compare api.url and realtime.url with the names of the certificate";
    if (ec == TlsErrc::no_system_store) return "apt-get install ca-certificates, or set net.ca_file";
    if (ec == TlsErrc::bad_ca_file) return "set net.ca_file to a PEM file that this user can read";
    if (ec == TlsErrc::bad_ca_folder) return "set net.ca_folder to a folder that is there";
    return "see whether a proxy or a firewall on the way answers in the server's place";
}

}  // namespace

void BackendWay::names(const std::string& host) {
    if (const auto proxy = platform::describe_proxy(subject_.config.net, host); !proxy.empty()) {
        return report_.add("dns", Outcome::skipped, "the proxy " + proxy + " looks up " + host);
    }
    if (platform::is_address(host) || platform::is_loopback(host)) {
        return report_.add("dns", Outcome::ok, host + " needs no look-up");
    }
    int failed4 = 0, failed6 = 0;
    const auto four = addresses(host, AF_INET, failed4);
    const auto six = addresses(host, AF_INET6, failed6);
    if (four.empty() && six.empty()) {
        return report_.add("dns", Outcome::failed,
                           host + " has no address, of neither family: " + ::gai_strerror(failed4),
                           "check api.url, /etc/resolv.conf and the network  (resolvectl query " + host + ")");
    }
    report_.add("dns", Outcome::ok, host + ": IPv4 " + shown(four) + ", IPv6 " + shown(six));
}

awaitable<void> BackendWay::walk() {
    const auto endpoint = realtime::socket_endpoint(subject_.config.realtime.url);
    if (!endpoint) {
        report_.skip({"dns", "proxy"}, "there is no address to look at");
        report_.add("connection", Outcome::failed, endpoint.error().message(), "set api.url, or realtime.url");
        co_return report_.skip({"tls", "upgrade"}, "there is no address to look at");
    }
    names(endpoint->host);
    const auto proxy = platform::describe_proxy(subject_.config.net, endpoint->host);
    const auto where = endpoint->host + ":" + std::to_string(endpoint->port);
    auto tunnel = co_await platform::open_tunnel(worker_, endpoint->host, endpoint->port, subject_.config.net);
    if (!tunnel && of_proxy(tunnel.error())) {
        report_.add(
            "proxy", Outcome::failed, tunnel.error().message(),
            "check net.proxy, else HTTPS_PROXY and ALL_PROXY of the agent's environment; net.proxy = \"none\" goes "
            "direct");
        co_return report_.skip({"connection", "tls", "upgrade"}, "the proxy opens no way");
    }
    report_.add("proxy", Outcome::ok, proxy.empty() ? "none" : proxy + " lets connections through");
    if (!tunnel) {
        auto why = tunnel.error().message();
        if (why.find(where) == std::string::npos) why.insert(0, where + ": ");
        report_.add("connection", Outcome::failed, std::move(why),
                    "see whether a firewall lets this machine out to it, and whether api.url is right");
        co_return report_.skip({"tls", "upgrade"}, "there is no connection");
    }
    report_.add("connection", Outcome::ok, where + " takes connections");
    if (!endpoint->secure()) {
        report_.add("tls", Outcome::skipped, "none: the address is this machine's own");
    } else if (!tls(tunnel->native_handle(),
                    platform::way_of(*tunnel, endpoint->host, endpoint->port, subject_.config.net))) {
        co_return report_.skip({"upgrade"}, "there is no trusted connection");
    }
    reached_ = true;
    co_await upgrade();
}

/// Whether a trusted connection is possible; and whose certificate was shown, in either case.
bool BackendWay::tls(int socket, platform::Way way) {
    const auto context = platform::TlsContext::make(subject_.config.net);
    if (!context) {
        report_.add("tls", Outcome::failed, context.error().message(), remedy_of_tls(context.error()));
        return false;
    }
    const auto look = platform::look_at_tls(socket, way.host, *context, tls_limit);
    way.peer = look.peer;
    if (look.error) {
        report_.add("tls", Outcome::failed, platform::explain_way(look.error, way).message(),
                    remedy_of_tls(look.error));
        return false;
    }
    report_.add("tls", Outcome::ok,
                look.peer.protocol + ", " + look.peer.subject + ", issued by " + look.peer.issuer + ", until " +
                    look.peer.not_after);
    return true;
}

/// As the agent has it: the configured key, else the credential's, else its token. Empty: there is none.
std::string BackendWay::key() const {
    const auto& credential = subject_.credential;
    if (!subject_.config.api.key.empty() || !credential) return subject_.config.api.key;
    return std::string(credential->api_key.empty() ? credential->access_token.reveal() : credential->api_key.reveal());
}

awaitable<void> BackendWay::upgrade() {
    const std::string key = this->key();
    if (key.empty())
        co_return report_.add("upgrade", Outcome::skipped, "without api.key and credential the server takes none");
    const auto endpoint = realtime::socket_endpoint(subject_.config.realtime.url);
    const std::string token(subject_.credential ? subject_.credential->access_token.reveal() : std::string_view(key));
    auto request = realtime::upgrade_for(*endpoint, subject_.config.realtime.vsn, key, token);
    auto tunnel = co_await platform::open_tunnel(worker_, endpoint->host, endpoint->port, subject_.config.net);
    std::optional<platform::TlsContext> tls;
    if (endpoint->secure()) {
        auto made = platform::TlsContext::make(subject_.config.net);
        if (made) tls.emplace(std::move(*made));
    }
    if (!tunnel || (endpoint->secure() && !tls)) {
        reached_ = false;
        co_return report_.add("upgrade", Outcome::failed, "the second connection did not come about",
                              "run this again; if it stays so, something on the way counts connections");
    }
    const auto executor = co_await net::this_coro::executor;
    platform::WebSocketOptions options;
    options.handshake_timeout = subject_.config.realtime.upgrade_timeout;
    platform::WebSocket socket(executor, options);
    const platform::TlsContext* context = tls ? &*tls : nullptr;
    auto way = platform::way_of(*tunnel, endpoint->host, endpoint->port, subject_.config.net);
    const Error ec = co_await socket.connect(std::move(*tunnel), std::move(request), context);
    socket.drop();
    if (!ec) co_return report_.add("upgrade", Outcome::ok, "the websocket opens");
    reached_ = false;
    if (ec == platform::WebSocketErrc::upgrade_stripped) blame_proxy();
    if (ec == platform::WebSocketErrc::refused || ec == platform::WebSocketErrc::upgrade_stripped) {
        co_return refused(socket.refusal().status, realtime::text_of_refusal(socket.refusal()));
    }
    way.peer = socket.tls_peer();
    way.limit = options.handshake_timeout;
    report_.add("upgrade", Outcome::failed, platform::explain_way(ec, way).message(),
                "see whether a proxy or a firewall on the way ends long connections");
}

void BackendWay::refused(int status, const std::string& body) {
    const bool keyless = subject_.config.api.key.empty() && subject_.credential && subject_.credential->api_key.empty();
    const auto judged =
        realtime::judge({realtime::Signal::Kind::upgrade, status, body, keyless, subject_.how_to_renew()});
    report_.add("upgrade", Outcome::failed, judged.sentence,
                remedy_of_link(
                    {.what = judged.what, .status = status, .keyless = keyless, .renewal = subject_.how_to_renew()}));
}

/// A proxy that opened the connection and whose answer is no upgrade is what took the header away.
void BackendWay::blame_proxy() {
    auto* finding = report_.find("proxy");
    if (finding == nullptr || finding->what == "none") return;
    finding->outcome = Outcome::failed;
    finding->what += ", and strips Upgrade: no websocket passes";
    finding->remedy = "ask for a proxy that tunnels (CONNECT) to this host without inspecting it";
}

}  // namespace doctor
