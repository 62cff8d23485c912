// TLS with throw-away authorities: what is accepted, and the sentence for what is not. WebSockets and REST alike.
#include "platform/tls.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "peer.hpp"
#include "platform/http/http.hpp"
#include "platform/tunnel.hpp"
#include "platform/websocket/websocket.hpp"
#include "proxies.hpp"
#include "tests/support/authority.hpp"
#include "tests/support/temp_folder.hpp"

namespace tests {
namespace {

namespace beast = boost::beast;
namespace ssl = net::ssl;
using platform::NetOptions;
using platform::TlsContext;
using platform::TlsErrc;
using platform::WebSocket;

using Setup = std::function<void(ssl::context&)>;
using ServerStream = beast::websocket::stream<ssl::stream<tcp::socket>>;

// Serves WebSockets (one echo) and plain GETs over TLS.
// `opened` is called when a WebSocket stands.
Peer::Script tls_server(Identity identity, Setup setup = {}, std::function<void()> opened = {}) {
    return [identity = std::move(identity), setup = std::move(setup), opened = std::move(opened)](tcp::socket socket) {
        ssl::context context(ssl::context::tls_server);
        context.use_certificate_chain(net::buffer(identity.certificate));
        context.use_private_key(net::buffer(identity.key), ssl::context::pem);
        if (setup) setup(context);
        ServerStream server(std::move(socket), context);
        server.next_layer().handshake(ssl::stream_base::server);
        beast::flat_buffer buffer;
        beast::http::request<beast::http::string_body> request;
        beast::http::read(server.next_layer(), buffer, request);
        if (!beast::websocket::is_upgrade(request)) {
            const char* sni = SSL_get_servername(server.next_layer().native_handle(), TLSEXT_NAMETYPE_host_name);
            beast::http::response<beast::http::string_body> response(beast::http::status::ok, 11);
            response.body() = sni ? sni : "(no name)";
            response.prepare_payload();
            beast::http::write(server.next_layer(), response);
            return;
        }
        server.accept(request);
        server.auto_fragment(false);
        if (opened) opened();
        for (;;) {
            buffer.clear();
            server.read(buffer);
            server.binary(server.got_binary());
            server.write(buffer.cdata());
        }
    };
}

class TlsTest : public ::testing::Test {
  protected:
    TlsTest() {
        folder.put("ca.pem", authority.certificate());
        trusting.ca_file = folder / "ca.pem";
        trusting.proxy = "none";
    }

    // Connects to loopback, and expects `host` of the certificate.
    Error websocket(std::uint16_t port, std::string host, const NetOptions& options) {
        const Result<TlsContext> context = TlsContext::make(options);
        if (!context) return context.error();
        client = std::make_unique<WebSocket>(io.get_executor());
        return run(io, connect(*client, port, std::move(host), *context));
    }

    static awaitable<Error> connect(WebSocket& client, std::uint16_t port, std::string host, TlsContext context) {
        const auto executor = co_await net::this_coro::executor;
        tcp::socket socket(executor);
        const tcp::endpoint endpoint(net::ip::address_v4::loopback(), port);
        const auto [ec] = co_await socket.async_connect(endpoint, no_throw);
        if (ec) co_return ec;
        platform::Upgrade upgrade;
        upgrade.host = std::move(host);
        upgrade.port = port;
        const Error opened = co_await client.connect(std::move(socket), std::move(upgrade), &context);
        co_return opened;
    }

    Result<platform::http::Response> get(std::uint16_t port, const std::string& host, const NetOptions& options) {
        platform::http::Request request;
        request.url = "https://" + host + ':' + std::to_string(port) + "/";
        return run(io, platform::http::fetch(network, request, options));
    }

    // Both stacks must come to the same verdict.
    void expect_refused(const Peer& peer, const NetOptions& options, TlsErrc why) {
        EXPECT_EQ(websocket(peer.port(), "localhost", options), why);
        const auto response = get(peer.port(), "localhost", options);
        ASSERT_FALSE(response);
        EXPECT_EQ(response.error(), why) << response.error().message();
    }

    static CertificateOptions localhost() { return {.names = {"localhost"}, .addresses = {"127.0.0.1"}}; }

    net::io_context io;
    platform::Worker network{"net-test"};
    TempFolder folder;
    Authority authority;
    NetOptions trusting;
    std::unique_ptr<WebSocket> client;
};

TEST_F(TlsTest, WritesAtOnceWithoutTheLoop) {
    const Peer peer(tls_server(authority.issue(localhost())));
    ASSERT_EQ(websocket(peer.port(), "localhost", trusting), Error{});
    client->queue(false, "encrypted");
    client->flush_now();
    EXPECT_EQ(client->queued(), 0U);
    const auto echoed = [this]() -> awaitable<std::string> {
        const auto got = co_await client->read();
        co_return got ? std::string(got->data) : got.error().message();
    };
    EXPECT_EQ(run(io, echoed()), "encrypted");
}

TEST_F(TlsTest, WhatTheSocketDoesNotTakeAtOnceIsLeftToTheFlush) {
    Signal go;
    const Peer peer(tls_server(authority.issue(localhost()), {}, [&] { ASSERT_TRUE(go.wait()); }));
    ASSERT_EQ(websocket(peer.port(), "localhost", trusting), Error{});
    const std::string message(12'000'000, 'm');
    client->queue(true, message);
    client->flush_now();
    EXPECT_GT(client->queued(), 0U);
    client->queue(true, "behind it");
    client->flush_now();
    go.set();
    const auto both = [&]() -> awaitable<bool> {
        using namespace net::experimental::awaitable_operators;
        const auto [flushed, got] = co_await (client->flush() && client->read());
        co_return !flushed && got && got->data == message;
    };
    EXPECT_TRUE(run(io, both()));
    EXPECT_EQ(client->queued(), 0U);
    const auto next = [this]() -> awaitable<std::string> {
        const auto got = co_await client->read();
        co_return got ? std::string(got->data) : got.error().message();
    };
    EXPECT_EQ(run(io, next()), "behind it");
}

TEST_F(TlsTest, GoodCertificateByNameAndByAddress) {
    const Peer peer(tls_server(authority.issue(localhost())));
    EXPECT_EQ(websocket(peer.port(), "localhost", trusting), Error{});
    EXPECT_EQ(client->tls_peer().protocol, "TLSv1.3");
    EXPECT_NE(client->tls_peer().issuer.find("Test Authority"), std::string::npos);
    EXPECT_NE(client->tls_peer().subject.find("localhost"), std::string::npos);
    EXPECT_FALSE(client->tls_peer().not_after.empty());
    EXPECT_EQ(websocket(peer.port(), "127.0.0.1", trusting), Error{});
    const auto by_name = get(peer.port(), "localhost", trusting);
    ASSERT_TRUE(by_name) << by_name.error().message();
    EXPECT_EQ(by_name->body, "localhost") << "SNI";
    const auto by_address = get(peer.port(), "127.0.0.1", trusting);
    ASSERT_TRUE(by_address) << by_address.error().message();
    EXPECT_EQ(by_address->body, "(no name)") << "SNI is for names only";
}

TEST_F(TlsTest, MessagesOfAllSizesPass) {
    const Peer peer(tls_server(authority.issue(localhost())));
    ASSERT_EQ(websocket(peer.port(), "localhost", trusting), Error{});
    for (const std::size_t size : {1, 16'384, 16'385, 70'000, 3'000'000}) {
        const std::string message(size, 'm');
        client->queue(true, message);
        const auto both = [&]() -> awaitable<bool> {
            using namespace net::experimental::awaitable_operators;
            const auto [flushed, got] = co_await (client->flush() && client->read());
            co_return !flushed && got && got->data == message;
        };
        EXPECT_TRUE(run(io, both())) << size;
    }
}

// The whole way of the Realtime socket on a company's network: CONNECT, then TLS to the far end, then the upgrade.
TEST_F(TlsTest, WebSocketThroughAProxyVerifiesTheFarEnd) {
    const Environment clean(no_proxies());
    const Peer peer(tls_server(authority.issue({.names = {"realtime.test"}, .addresses = {}})));
    ConnectProxy proxy(peer.port());
    NetOptions options = trusting;
    options.proxy = proxy.url();
    const auto open = [&](std::string host) -> awaitable<Error> {
        const auto executor = co_await net::this_coro::executor;
        auto socket = co_await platform::open_tunnel(network, host, 443, options);
        if (!socket) co_return socket.error();
        const Result<TlsContext> context = TlsContext::make(options);
        if (!context) co_return context.error();
        client = std::make_unique<WebSocket>(executor);
        platform::Upgrade upgrade;
        upgrade.host = std::move(host);
        upgrade.port = 443;
        const Error opened = co_await client->connect(std::move(*socket), std::move(upgrade), &*context);
        co_return opened;
    };
    EXPECT_EQ(run(io, open("realtime.test")), Error{});
    EXPECT_EQ(run(io, open("other.test")), TlsErrc::wrong_host);
    ASSERT_EQ(proxy.requests().size(), 2U);
    EXPECT_TRUE(proxy.requests()[0].starts_with("CONNECT realtime.test:443 "));
}

// A proxy that inspects TLS with an authority of its own and does not know WebSockets: told apart from the server.
TEST_F(TlsTest, InspectingProxyThatStripsTheUpgradeIsToldApart) {
    const Identity identity = authority.issue({.names = {"realtime.test"}, .addresses = {}});
    const Peer inspector([&](tcp::socket socket) {
        ssl::context context(ssl::context::tls_server);
        context.use_certificate_chain(net::buffer(identity.certificate));
        context.use_private_key(net::buffer(identity.key), ssl::context::pem);
        ssl::stream<tcp::socket> stream(std::move(socket), context);
        stream.handshake(ssl::stream_base::server);
        beast::flat_buffer buffer;
        beast::http::request<beast::http::string_body> request;
        beast::http::read(stream, buffer, request);
        request.erase(beast::http::field::upgrade);
        request.erase(beast::http::field::connection);
        // What a Realtime server says to a request without an upgrade.
        const bool upgrade = beast::websocket::is_upgrade(request);
        beast::http::response<beast::http::string_body> response(
            upgrade ? beast::http::status::internal_server_error : beast::http::status::bad_request, 11);
        response.body() = "not a valid upgrade request";
        response.set(beast::http::field::via, "1.1 inspector");
        response.prepare_payload();
        beast::http::write(stream, response);
    });
    EXPECT_EQ(websocket(inspector.port(), "realtime.test", trusting), platform::WebSocketErrc::upgrade_stripped);
    EXPECT_EQ(client->refusal().header("via"), "1.1 inspector");
}

TEST_F(TlsTest, Expired) {
    CertificateOptions options = localhost();
    options.valid_from = -48h;
    options.valid_to = -1h;
    const Peer peer(tls_server(authority.issue(options)));
    expect_refused(peer, trusting, TlsErrc::expired);
}

TEST_F(TlsTest, NotYetValid) {
    CertificateOptions options = localhost();
    options.valid_from = 1h;
    const Peer peer(tls_server(authority.issue(options)));
    expect_refused(peer, trusting, TlsErrc::not_yet_valid);
}

TEST_F(TlsTest, WrongHost) {
    const Peer peer(tls_server(authority.issue({.names = {"other.example"}, .addresses = {"192.0.2.1"}})));
    expect_refused(peer, trusting, TlsErrc::wrong_host);
    EXPECT_EQ(websocket(peer.port(), "127.0.0.1", trusting), TlsErrc::wrong_host);
}

TEST_F(TlsTest, UnknownIssuer) {
    const Authority stranger("Somebody Else");
    const Peer peer(tls_server(stranger.issue(localhost())));
    expect_refused(peer, trusting, TlsErrc::unknown_issuer);
    NetOptions system;
    system.proxy = "none";
    expect_refused(peer, system, TlsErrc::unknown_issuer);
}

TEST_F(TlsTest, SelfSigned) {
    const Peer peer(tls_server(Authority::self_signed(localhost())));
    expect_refused(peer, trusting, TlsErrc::self_signed);
}

TEST_F(TlsTest, Tls11IsRefused) {
    const Peer peer(tls_server(authority.issue(localhost()), [](ssl::context& context) {
        SSL_CTX_set_security_level(context.native_handle(), 0);
        SSL_CTX_set_cipher_list(context.native_handle(), "ALL:@SECLEVEL=0");
        SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_1_VERSION);
    }));
    expect_refused(peer, trusting, TlsErrc::protocol_version);
}

TEST_F(TlsTest, Tls12IsAccepted) {
    const Peer peer(tls_server(authority.issue(localhost()), [](ssl::context& context) {
        SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_2_VERSION);
    }));
    EXPECT_EQ(websocket(peer.port(), "localhost", trusting), Error{});
    EXPECT_EQ(client->tls_peer().protocol, "TLSv1.2");
    EXPECT_TRUE(get(peer.port(), "localhost", trusting));
}

TEST_F(TlsTest, PlainServerIsToldApart) {
    const Peer peer([](tcp::socket socket) {
        std::array<char, 100> some{};
        socket.read_some(net::buffer(some));
        write_text(socket, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        socket.read_some(net::buffer(some));
    });
    expect_refused(peer, trusting, TlsErrc::not_tls);
}

TEST_F(TlsTest, AuthorityFromAHashedFolder) {
    folder.put("hashed/" + authority.hashed_name(), authority.certificate());
    NetOptions options;
    options.proxy = "none";
    options.ca_folder = folder / "hashed";
    const Peer peer(tls_server(authority.issue(localhost())));
    EXPECT_EQ(websocket(peer.port(), "localhost", options), Error{});
    EXPECT_TRUE(get(peer.port(), "localhost", options));
}

TEST_F(TlsTest, UnreadableAuthoritiesAreNamed) {
    NetOptions options = trusting;
    options.ca_file = folder / "none.pem";
    EXPECT_EQ(TlsContext::make(options).error(), TlsErrc::bad_ca_file);
    EXPECT_EQ(get(1, "localhost", options).error(), platform::TunnelErrc::refused) << "nothing listens on port 1";
    folder.put("broken.pem", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
    options.ca_file = folder / "broken.pem";
    EXPECT_EQ(TlsContext::make(options).error(), TlsErrc::bad_ca_file);
    const Peer peer(tls_server(authority.issue(localhost())));
    EXPECT_EQ(get(peer.port(), "localhost", options).error(), TlsErrc::bad_ca_file);
    options = trusting;
    options.ca_folder = folder / "none";
    EXPECT_EQ(TlsContext::make(options).error(), TlsErrc::bad_ca_folder);
}

// "0.0.0.0" is this machine for the proxy, but no loopback address: it is reached through the proxy.
TEST_F(TlsTest, WhatEndsBeyondASocksProxyIsNotBlamedOnIt) {
    const auto proxy = RealProxy::microsocks(io, false);
    trusting.proxy = "socks5h://127.0.0.1:" + std::to_string(proxy->port());
    const Identity identity = authority.issue({.names = {"far.test"}, .addresses = {"0.0.0.0"}});
    const Peer ends_after_tls([identity](tcp::socket socket) {
        ssl::context context(ssl::context::tls_server);
        context.use_certificate_chain(net::buffer(identity.certificate));
        context.use_private_key(net::buffer(identity.key), ssl::context::pem);
        ssl::stream<tcp::socket> server(std::move(socket), context);
        server.handshake(ssl::stream_base::server);
        std::array<char, 4096> request{};
        server.read_some(net::buffer(request));
    });
    EXPECT_EQ(get(ends_after_tls.port(), "0.0.0.0", trusting).error(), platform::http::Errc::broken);
    const Peer ends_in_tls([](tcp::socket socket) {
        std::array<char, 4096> hello{};
        socket.read_some(net::buffer(hello));
    });
    EXPECT_EQ(get(ends_in_tls.port(), "0.0.0.0", trusting).error(), TlsErrc::failed);
}

TEST_F(TlsTest, SystemStoreIsFound) {
    NetOptions system;
    EXPECT_TRUE(TlsContext::make(system)) << "this machine has the package ca-certificates";
}

TEST(TlsVerdict, ClockBeforeTheBuildIsToBlame) {
    const std::chrono::sys_days long_ago = std::chrono::year{2020} / 1 / 1;
    EXPECT_EQ(platform::explain_verification(X509_V_ERR_CERT_NOT_YET_VALID, long_ago), TlsErrc::clock_wrong);
    EXPECT_EQ(platform::explain_verification(X509_V_ERR_CERT_HAS_EXPIRED, long_ago), TlsErrc::clock_wrong);
    EXPECT_EQ(platform::explain_verification(X509_V_ERR_CERT_NOT_YET_VALID), TlsErrc::not_yet_valid);
    EXPECT_EQ(platform::explain_verification(X509_V_ERR_HOSTNAME_MISMATCH, long_ago), TlsErrc::wrong_host);
    EXPECT_EQ(platform::explain_verification(X509_V_OK, long_ago), Error{});
    EXPECT_EQ(platform::explain_verification(X509_V_ERR_CERT_REVOKED), TlsErrc::revoked);
    EXPECT_EQ(platform::explain_verification(X509_V_ERR_INVALID_PURPOSE), TlsErrc::invalid);
}

}  // namespace
}  // namespace tests
