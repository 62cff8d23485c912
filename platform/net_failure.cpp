#include "platform/net_failure.hpp"

#include <fmt/format.h>

#include <chrono>

#include "platform/http/http.hpp"
#include "platform/text.hpp"
#include "platform/tunnel.hpp"
#include "platform/url.hpp"
#include "platform/websocket/websocket.hpp"

namespace platform {
namespace {

constexpr std::size_t name_bytes = 120;  // of a name out of a certificate
constexpr std::string_view proxy_setting = "net.proxy, else HTTPS_PROXY or ALL_PROXY of the environment";

std::string place_of(const Way& way) {
    const bool six = way.host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", six ? "[" : "", way.host, six ? "]" : "", way.port);
}

std::string by_whom(const Way& way) {
    return way.proxy.empty() ? std::string{} : fmt::format(" (through the proxy {})", way.proxy);
}

std::string seconds_text(Duration limit) {
    return for_people(std::max<long long>(1, std::chrono::duration_cast<std::chrono::seconds>(limit).count()));
}

std::string of_time(const Way& way) {
    const auto limit = seconds_text(way.limit);
    if (way.proxy.empty()) {
        return fmt::format(
            "the connection to {} was not open within {}: see whether a firewall drops it, or a proxy is "
            "needed (net.proxy)",
            place_of(way), limit);
    }
    return fmt::format(
        "the proxy {} opened no tunnel to {} within {}: see whether it is the right proxy ({}), and whether "
        "it reaches that host",
        way.proxy, place_of(way), limit, proxy_setting);
}

std::string of_credentials(const Way& way) {
    if (way.proxy_methods.empty() || way.proxy_methods.find("Basic") != std::string::npos ||
        way.proxy_methods.find("Digest") != std::string::npos) {
        return fmt::format(
            "the proxy {} wants other credentials ({}): put them into its address, between the // and the host: user, "
            "a colon, password, an @ ({})",
            way.proxy, way.proxy_status == 0 ? 407 : way.proxy_status, proxy_setting);
    }
    return fmt::format(
        "the proxy {} wants a login by {} alone ({}), which this program does not speak (it speaks Basic "
        "and Digest): have it take one of these, or let this machine through to {} without a login, or "
        "name a local proxy that logs in there (such as cntlm) in net.proxy",
        way.proxy, way.proxy_methods, way.proxy_status, way.host);
}

std::string of_refusal(const Way& way) {
    if (way.proxy_status >= 500) {
        return fmt::format(
            "the proxy {} could not open a tunnel to {} (it answered {}): it does not reach that host, or "
            "is in trouble itself",
            way.proxy, place_of(way), way.proxy_status);
    }
    const auto how =
        way.proxy_status == 0 ? std::string{"it gave no status"} : fmt::format("it answered {}", way.proxy_status);
    return fmt::format("the proxy {} refused a tunnel to {} ({}): have it allow CONNECT to that host and port",
                       way.proxy, place_of(way), how);
}

std::string of_tunnel(TunnelErrc code, const Way& way) {
    switch (code) {
        case TunnelErrc::resolve_failed:
            return fmt::format("the name {} cannot be resolved: check how it is written, and this machine's DNS",
                               way.host);
        case TunnelErrc::refused:
            return fmt::format("{} refused the connection: nothing listens there", place_of(way));
        case TunnelErrc::unreachable:
            return fmt::format("{} cannot be reached: check the network, and whether a proxy is needed (net.proxy)",
                               place_of(way));
        case TunnelErrc::timed_out:
            return of_time(way);
        case TunnelErrc::proxy_resolve_failed:
            return fmt::format("the name of the proxy {} cannot be resolved: check {}", way.proxy, proxy_setting);
        case TunnelErrc::proxy_unreachable:
            return fmt::format("the proxy {} cannot be reached: nothing answers there; check {}", way.proxy,
                               proxy_setting);
        case TunnelErrc::proxy_authentication:
            return of_credentials(way);
        case TunnelErrc::proxy_refused:
            return of_refusal(way);
        case TunnelErrc::proxy_closed:
            return fmt::format(
                "the proxy {} took the connection and ended it without an answer: see whether that is a proxy's port "
                "({}), and what its log says",
                way.proxy, proxy_setting);
        case TunnelErrc::proxy_not_http:
            return fmt::format("the proxy {} speaks SOCKS and not HTTP: write its address with socks5h:// ({})",
                               way.proxy, proxy_setting);
        case TunnelErrc::proxy_not_socks:
            return fmt::format("the proxy {} speaks HTTP and not SOCKS: write its address with http:// ({})", way.proxy,
                               proxy_setting);
        case TunnelErrc::proxy_scheme:
        case TunnelErrc::proxy_invalid:
            return fmt::format("{} ({})", Error(code).message(), proxy_setting);
        case TunnelErrc::failed:
            return fmt::format("the connection to {}{} could not be opened", place_of(way), by_whom(way));
    }
    return {};
}

/// "issued by …" of the certificate that was shown.
std::string issuer_text(const Way& way) {
    if (way.peer.issuer.empty()) return {};
    return fmt::format(" (issued by {})", clean(way.peer.issuer, name_bytes));
}

std::string of_tls(TlsErrc code, const Way& way) {
    const auto place = place_of(way) + by_whom(way);
    switch (code) {
        case TlsErrc::wrong_host: {
            auto names = clean(way.peer.names.empty() ? way.peer.subject : way.peer.names, name_bytes);
            if (names.empty()) names = "other names";
            return fmt::format(
                "the certificate that {} showed is for another host name: it is for {}, and {} was asked "
                "for{}: compare the address in the configuration, or find out who answers in its place",
                place, names, way.host, issuer_text(way));
        }
        case TlsErrc::unknown_issuer:
            return fmt::format(
                "the certificate that {} showed was issued by an authority that this machine does not "
                "trust{}: behind a TLS-inspecting proxy name its authority's file in net.ca_file",
                place, issuer_text(way));
        case TlsErrc::self_signed:
            return fmt::format(
                "the certificate that {} showed is self-signed{}: if that is meant, name it in net.ca_file", place,
                issuer_text(way));
        case TlsErrc::not_tls:
            return fmt::format("what answered at {} does not speak TLS: the port or the proxy is wrong", place);
        case TlsErrc::failed:
            return fmt::format("the TLS handshake with {} failed: see whether a proxy or a firewall on the way ends it",
                               place);
        case TlsErrc::bad_ca_file:
        case TlsErrc::bad_ca_folder:
        case TlsErrc::no_system_store:
        case TlsErrc::clock_wrong:
            return Error(code).message();
        default:
            return fmt::format("{} It was shown by {}{}.", Error(code).message(), place, issuer_text(way));
    }
}

std::string of_http(http::Errc code, const Way& way) {
    switch (code) {
        case http::Errc::timed_out:
            return fmt::format("{}{} did not answer whole within {}", place_of(way), by_whom(way),
                               seconds_text(way.limit));
        case http::Errc::broken:
            return fmt::format("the connection to {}{} broke, or what answers there does not speak HTTP", place_of(way),
                               by_whom(way));
        case http::Errc::too_large:
            return fmt::format("the answer of {} is larger than it may be", place_of(way));
        default:
            return {};
    }
}

std::string of_websocket(WebSocketErrc code, const Way& way) {
    const auto place = place_of(way) + by_whom(way);
    switch (code) {
        case WebSocketErrc::handshake_timeout:
            return fmt::format("{} took the connection and did not answer the websocket handshake within {}", place,
                               seconds_text(way.limit));
        case WebSocketErrc::bad_handshake:
            return fmt::format("what answered the websocket handshake at {} speaks no HTTP that makes sense", place);
        case WebSocketErrc::lost:
            return fmt::format("{} ended the connection within the websocket handshake", place);
        default:
            return {};
    }
}

}  // namespace

bool NetFailure::passing() const noexcept {
    if (category() == tunnel_category()) {
        const bool barred = *this == TunnelErrc::proxy_refused && proxy_status >= 300 && proxy_status < 500;
        return !barred && *this != TunnelErrc::proxy_authentication && *this != TunnelErrc::proxy_scheme &&
               *this != TunnelErrc::proxy_invalid && *this != TunnelErrc::proxy_not_http &&
               *this != TunnelErrc::proxy_not_socks;
    }
    if (category() == http::http_category()) return *this == http::Errc::timed_out || *this == http::Errc::broken;
    return category() != tls_category();
}

NetFailure explain_way(Error code, const Way& way) {
    std::string sentence;
    if (code.category() == tunnel_category()) sentence = of_tunnel(static_cast<TunnelErrc>(code.value()), way);
    if (code.category() == tls_category()) sentence = of_tls(static_cast<TlsErrc>(code.value()), way);
    if (code.category() == http::http_category()) sentence = of_http(static_cast<http::Errc>(code.value()), way);
    if (code.category() == websocket_category()) sentence = of_websocket(static_cast<WebSocketErrc>(code.value()), way);
    NetFailure failure(code, std::move(sentence));
    failure.proxy_status = way.proxy_status;
    return failure;
}

}  // namespace platform
