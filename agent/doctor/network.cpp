// The way to the backend, step by step: names, proxy, connection, TLS, HTTP with the server's clock, websocket upgrade.
#include <arpa/inet.h>
#include <netdb.h>

#include <boost/algorithm/string/predicate.hpp>
#include <set>

#include "agent/credentials/clock_words.hpp"
#include "agent/doctor/examination.hpp"
#include "agent/doctor/remedy.hpp"
#include "agent/pairing/device.hpp"
#include "agent/realtime/core/failure.hpp"
#include "agent/realtime/endpoint.hpp"
#include "platform/http/http.hpp"
#include "platform/text.hpp"
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

bool of_proxy(Error ec) {
    for (const auto code :
         {TunnelErrc::proxy_resolve_failed, TunnelErrc::proxy_unreachable, TunnelErrc::proxy_authentication,
          TunnelErrc::proxy_refused, TunnelErrc::proxy_closed, TunnelErrc::proxy_not_http, TunnelErrc::proxy_not_socks,
          TunnelErrc::proxy_scheme, TunnelErrc::proxy_invalid}) {
        if (ec == code) return true;
    }
    return false;
}

/// The backend's REST service speaks JSON: a page is of somebody who stands in its place.
bool is_page(const platform::http::Response& answer) {
    return boost::algorithm::istarts_with(answer.header("content-type"), "text/html") ||
           platform::trim(answer.body).starts_with('<');
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

void Examination::names(const std::string& host) {
    if (const auto proxy = platform::describe_proxy(config_.net, host); !proxy.empty()) {
        return add("dns", Outcome::skipped, "the proxy " + proxy + " looks up " + host);
    }
    if (platform::is_address(host) || platform::is_loopback(host)) {
        return add("dns", Outcome::ok, host + " needs no look-up");
    }
    int failed4 = 0, failed6 = 0;
    const auto four = addresses(host, AF_INET, failed4);
    const auto six = addresses(host, AF_INET6, failed6);
    if (four.empty() && six.empty()) {
        return add("dns", Outcome::failed, host + " has no address, of neither family: " + ::gai_strerror(failed4),
                   "check api.url, /etc/resolv.conf and the network  (resolvectl query " + host + ")");
    }
    add("dns", Outcome::ok, host + ": IPv4 " + shown(four) + ", IPv6 " + shown(six));
}

awaitable<void> Examination::way(platform::Worker& worker) {
    const auto endpoint = realtime::socket_endpoint(config_.realtime.url);
    if (!endpoint) {
        skip({"dns", "proxy"}, "there is no address to look at");
        add("connection", Outcome::failed, endpoint.error().message(), "set api.url, or realtime.url");
        co_return skip({"tls", "upgrade"}, "there is no address to look at");
    }
    names(endpoint->host);
    const auto proxy = platform::describe_proxy(config_.net, endpoint->host);
    const auto where = endpoint->host + ":" + std::to_string(endpoint->port);
    auto tunnel = co_await platform::open_tunnel(worker, endpoint->host, endpoint->port, config_.net);
    if (!tunnel && of_proxy(tunnel.error())) {
        add("proxy", Outcome::failed, tunnel.error().message(),
            "check net.proxy, else HTTPS_PROXY and ALL_PROXY of the agent's environment; net.proxy = \"none\" goes "
            "direct");
        co_return skip({"connection", "tls", "upgrade"}, "the proxy opens no way");
    }
    add("proxy", Outcome::ok, proxy.empty() ? "none" : proxy + " lets connections through");
    if (!tunnel) {
        auto why = tunnel.error().message();
        if (why.find(where) == std::string::npos) why.insert(0, where + ": ");
        add("connection", Outcome::failed, std::move(why),
            "see whether a firewall lets this machine out to it, and whether api.url is right");
        co_return skip({"tls", "upgrade"}, "there is no connection");
    }
    add("connection", Outcome::ok, where + " takes connections");
    if (!endpoint->secure()) {
        add("tls", Outcome::skipped, "none: the address is this machine's own");
    } else if (!tls(tunnel->native_handle(), platform::way_of(*tunnel, endpoint->host, endpoint->port, config_.net))) {
        co_return skip({"upgrade"}, "there is no trusted connection");
    }
    reached_ = true;
    co_await upgrade(worker);
}

/// Whether a trusted connection is possible; and whose certificate was shown, in either case.
bool Examination::tls(int socket, platform::Way way) {
    const auto context = platform::TlsContext::make(config_.net);
    if (!context) {
        add("tls", Outcome::failed, context.error().message(), remedy_of_tls(context.error()));
        return false;
    }
    const auto look = platform::look_at_tls(socket, way.host, *context, tls_limit);
    way.peer = look.peer;
    if (look.error) {
        add("tls", Outcome::failed, platform::explain_way(look.error, way).message(), remedy_of_tls(look.error));
        return false;
    }
    add("tls", Outcome::ok,
        look.peer.protocol + ", " + look.peer.subject + ", issued by " + look.peer.issuer + ", until " +
            look.peer.not_after);
    return true;
}

awaitable<void> Examination::upgrade(platform::Worker& worker) {
    std::string key = config_.api.key;
    if (key.empty() && credential_) {
        key = std::string(credential_->api_key.empty() ? credential_->access_token.reveal()
                                                       : credential_->api_key.reveal());
    }
    if (key.empty()) co_return add("upgrade", Outcome::skipped, "without api.key and credential the server takes none");
    const auto endpoint = realtime::socket_endpoint(config_.realtime.url);
    const std::string token(credential_ ? credential_->access_token.reveal() : std::string_view(key));
    auto request = realtime::upgrade_for(*endpoint, config_.realtime.vsn, key, token);
    auto tunnel = co_await platform::open_tunnel(worker, endpoint->host, endpoint->port, config_.net);
    std::optional<platform::TlsContext> tls;
    if (endpoint->secure()) {
        auto made = platform::TlsContext::make(config_.net);
        if (made) tls.emplace(std::move(*made));
    }
    if (!tunnel || (endpoint->secure() && !tls)) {
        reached_ = false;
        co_return add("upgrade", Outcome::failed, "the second connection did not come about",
                      "run this again; if it stays so, something on the way counts connections");
    }
    const auto executor = co_await net::this_coro::executor;
    platform::WebSocketOptions options;
    options.handshake_timeout = config_.realtime.upgrade_timeout;
    platform::WebSocket socket(executor, options);
    const platform::TlsContext* context = tls ? &*tls : nullptr;
    auto way = platform::way_of(*tunnel, endpoint->host, endpoint->port, config_.net);
    const Error ec = co_await socket.connect(std::move(*tunnel), std::move(request), context);
    socket.drop();
    if (!ec) co_return add("upgrade", Outcome::ok, "the websocket opens");
    reached_ = false;
    if (ec == platform::WebSocketErrc::upgrade_stripped) blame_proxy();
    if (ec == platform::WebSocketErrc::refused || ec == platform::WebSocketErrc::upgrade_stripped) {
        co_return refused(socket.refusal().status, realtime::text_of_refusal(socket.refusal()));
    }
    way.peer = socket.tls_peer();
    way.limit = options.handshake_timeout;
    add("upgrade", Outcome::failed, platform::explain_way(ec, way).message(),
        "see whether a proxy or a firewall on the way ends long connections");
}

void Examination::refused(int status, const std::string& body) {
    const bool keyless = config_.api.key.empty() && credential_ && credential_->api_key.empty();
    const auto judged = realtime::judge({realtime::Signal::Kind::upgrade, status, body, keyless, how_to_renew()});
    add("upgrade", Outcome::failed, judged.sentence,
        remedy_of_link({.what = judged.what, .status = status, .keyless = keyless, .renewal = how_to_renew()}));
}

/// A proxy that opened the connection and whose answer is no upgrade is what took the header away.
void Examination::blame_proxy() {
    for (auto& finding : findings_) {
        if (finding.check != "proxy" || finding.what == "none") continue;
        finding.outcome = Outcome::failed;
        finding.what += ", and strips Upgrade: no websocket passes";
        finding.remedy = "ask for a proxy that tunnels (CONNECT) to this host without inspecting it";
    }
}

awaitable<void> Examination::rest(platform::Worker& worker) {
    platform::http::Request request;
    request.url = config_.pairing.rest_url + "/";
    if (!config_.api.key.empty()) request.headers = {{"apikey", config_.api.key}};
    const auto answered = co_await platform::http::fetch(worker, std::move(request), config_.net);
    const auto where = platform::parse_url(config_.pairing.rest_url);
    const auto name = where ? where->origin() : platform::clean(config_.pairing.rest_url);
    if (!answered) {
        add("http", Outcome::failed, name + ": " + answered.error().message(),
            "the lines above say how far the way is open; pairing.rest_url follows api.url");
        co_return skip({"clock"}, "the backend did not answer");
    }
    const auto text = name + " answers (" + std::to_string(answered->status) + ")";
    if (answered->status >= 500) {
        add("http", Outcome::failed, text, "the backend, or a gateway before it, is in trouble: see its status page");
    } else if (answered->status >= 300 && answered->status < 400) {
        add("http", Outcome::failed, text + " with a redirect", "log in to the network's portal, or mend api.url");
    } else if (answered->is_success() && is_page(*answered)) {
        add("http", Outcome::failed, text + " with an ordinary page, which the backend does not",
            "log in to the network's portal if it has one, else mend api.url or pairing.rest_url");
    } else {
        add("http", Outcome::ok, text);
    }
    const auto theirs = pairing::parse_http_date(answered->header("date"));
    if (!theirs) co_return skip({"clock"}, "the backend sent no date");
    const auto now = std::chrono::system_clock::now();
    const auto wrong = credentials::clock_complaint(*theirs, now);
    const auto off = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::abs(now - *theirs));
    if (wrong.empty()) co_return add("clock", Outcome::ok, "within " + platform::for_people(off.count() + 1));
    add("clock", Outcome::failed, wrong, credentials::clock_remedy);
}

}  // namespace doctor
