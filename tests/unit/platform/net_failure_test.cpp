// The names in the sentences about a way that led nowhere.
#include "platform/net_failure.hpp"

#include <gtest/gtest.h>

#include "platform/http/http.hpp"
#include "platform/tunnel.hpp"
#include "platform/websocket/websocket.hpp"

namespace {

using namespace platform;
using namespace std::chrono_literals;

Way sample_way(std::string proxy = {}) {
    Way way;
    way.host = "api.example";
    way.port = 443;
    way.proxy = std::move(proxy);
    way.limit = 15s;
    return way;
}

void expect_names(Error code, const Way& way, std::initializer_list<std::string_view> names) {
    const auto failure = explain_way(code, way);
    EXPECT_EQ(Error(failure), code);
    for (const auto name : names) EXPECT_NE(failure.message().find(name), std::string::npos) << failure.message();
}

TEST(NetFailure, NamesTheHostOrTheProxyThatFailed) {
    const std::string proxy = "http://proxy.example:3128";
    expect_names(TunnelErrc::resolve_failed, sample_way(), {"api.example", "DNS"});
    expect_names(TunnelErrc::refused, sample_way(), {"api.example:443"});
    expect_names(TunnelErrc::unreachable, sample_way(), {"api.example:443"});
    expect_names(TunnelErrc::timed_out, sample_way(), {"api.example:443", "15 s", "firewall"});
    expect_names(TunnelErrc::timed_out, sample_way(proxy), {proxy, "api.example:443", "15 s"});
    expect_names(TunnelErrc::proxy_unreachable, sample_way(proxy), {proxy, "net.proxy"});
    expect_names(TunnelErrc::proxy_resolve_failed, sample_way(proxy), {proxy, "net.proxy"});
    expect_names(TunnelErrc::proxy_closed, sample_way(proxy), {proxy, "without an answer", "net.proxy"});
    expect_names(TunnelErrc::proxy_not_http, sample_way(proxy), {proxy, "SOCKS", "socks5h://"});
    expect_names(TunnelErrc::proxy_not_socks, sample_way(proxy), {proxy, "HTTP", "http://"});
    expect_names(http::Errc::broken, sample_way(proxy), {proxy, "api.example:443"});
    expect_names(http::Errc::timed_out, sample_way(), {"api.example:443", "15 s"});
    expect_names(WebSocketErrc::handshake_timeout, sample_way(proxy), {proxy, "api.example:443", "15 s"});
    Way six = sample_way();
    six.host = "2001:db8::1";
    expect_names(TunnelErrc::refused, six, {"[2001:db8::1]:443"});
}

TEST(NetFailure, SaysWhatTheProxyAnswered) {
    Way way = sample_way("http://proxy.example:3128");
    way.proxy_status = 403;
    expect_names(TunnelErrc::proxy_refused, way, {"http://proxy.example:3128", "api.example:443", "403", "CONNECT"});
    EXPECT_FALSE(explain_way(TunnelErrc::proxy_refused, way).passing());
    way.proxy_status = 503;
    expect_names(TunnelErrc::proxy_refused, way, {"http://proxy.example:3128", "503"});
    EXPECT_TRUE(explain_way(TunnelErrc::proxy_refused, way).passing());
    way.proxy_status = 407;
    way.proxy_methods = "Negotiate and NTLM";
    expect_names(TunnelErrc::proxy_authentication, way, {"Negotiate and NTLM alone", "Basic and Digest", "407"});
    way.proxy_methods = "Basic and NTLM";
    expect_names(TunnelErrc::proxy_authentication, way,
                 {"wants other credentials (407)", "user, a colon, password, an @"});
}

TEST(NetFailure, ACertificateIsNamedWithWhatWasAskedFor) {
    Way way = sample_way();
    way.peer.subject = "CN = other.example";
    way.peer.names = "other.example, www.other.example";
    way.peer.issuer = "O = Somebody";
    expect_names(TlsErrc::wrong_host, way,
                 {"another host name", "other.example, www.other.example", "api.example was", "O = Somebody"});
    expect_names(TlsErrc::unknown_issuer, way, {"api.example:443", "O = Somebody", "net.ca_file"});
    way.peer.names = "evil\x1b[2J";
    EXPECT_EQ(explain_way(TlsErrc::wrong_host, way).message().find('\x1b'), std::string::npos);
    EXPECT_FALSE(explain_way(TlsErrc::wrong_host, way).passing());
}

TEST(NetFailure, WhatIsNotAboutTheWayKeepsItsWords) {
    EXPECT_EQ(explain_way(http::Errc::not_https, sample_way()).message(), Error(http::Errc::not_https).message());
    EXPECT_FALSE(NetFailure{});
}

}  // namespace
