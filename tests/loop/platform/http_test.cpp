// The REST client against scripted servers on loopback.
#include "platform/http/http.hpp"

#include <gtest/gtest.h>

#include "platform/tls.hpp"
#include "platform/tunnel.hpp"
#include "proxies.hpp"

namespace tests {
namespace {

using namespace net::experimental::awaitable_operators;
namespace http = platform::http;
using platform::NetOptions;
using platform::TunnelErrc;

class HttpTest : public ::testing::Test {
  protected:
    Result<http::Response> fetch(http::Request request, const NetOptions& options = {}) {
        return run(io, http::fetch(network, std::move(request), options));
    }
    static http::Request get(std::uint16_t port) {
        http::Request request;
        request.url = "http://127.0.0.1:" + std::to_string(port) + "/rest/v1/devices?select=uuid";
        return request;
    }
    // Answers each request with the same text and keeps the last one.
    Peer::Script answering(std::string answer) {
        return [this, answer = std::move(answer)](tcp::socket socket) {
            const std::string text = read_request(socket);
            {
                const std::lock_guard lock(mutex);
                asked = text;
            }
            write_text(socket, answer);
            socket.shutdown(tcp::socket::shutdown_send);
            read_request(socket);
        };
    }
    std::string last_request() {
        const std::lock_guard lock(mutex);
        return asked;
    }
    void expect_error(const Peer& peer, http::Errc why) {
        const auto response = fetch(get(peer.port()));
        ASSERT_FALSE(response);
        EXPECT_EQ(response.error(), why) << response.error().message();
    }

    Environment clean{no_proxies()};
    net::io_context io;
    platform::Worker network{"net-test"};
    std::mutex mutex;
    std::string asked;
};

TEST_F(HttpTest, GivesStatusHeadersAndBody) {
    const Peer peer(
        answering("HTTP/1.1 418 Teapot\r\nDate: Mon, 23 Nov 2026 19:00:00 GMT\r\nX-Two:  b c \r\nx-two: d\r\n"
                  "Empty:\r\nContent-Length: 4\r\n\r\nbody"));
    http::Request request = get(peer.port());
    request.headers = {{"Authorization", "Bearer abc"}, {"X-Empty", ""}};
    const auto response = fetch(request);
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->status, 418);
    EXPECT_EQ(response->body, "body");
    EXPECT_EQ(response->header("date"), "Mon, 23 Nov 2026 19:00:00 GMT");
    EXPECT_EQ(response->header("x-two"), "b c");
    EXPECT_EQ(response->header("empty"), "");
    EXPECT_EQ(response->header("none"), "");
    const std::string asked_for = last_request();
    EXPECT_TRUE(asked_for.starts_with("GET /rest/v1/devices?select=uuid HTTP/1.1\r\n")) << asked_for;
    EXPECT_NE(asked_for.find("\r\nAuthorization: Bearer abc\r\n"), asked_for.npos);
    EXPECT_NE(asked_for.find("\r\nX-Empty:\r\n"), asked_for.npos);
    EXPECT_NE(asked_for.find("\r\nUser-Agent: bmc-agent/"), asked_for.npos);
}

TEST_F(HttpTest, SaysHowLongTheServerWantsNotToBeAsked) {
    for (const auto& [header, wait] : std::vector<std::pair<std::string, std::chrono::seconds>>{
             {"", 0s}, {"Retry-After: 17\r\n", 17s}, {"Retry-After: soon\r\n", 0s}}) {
        const Peer peer(answering("HTTP/1.1 429 Slow\r\n" + header + "Content-Length: 0\r\n\r\n"));
        const auto response = fetch(get(peer.port()));
        ASSERT_TRUE(response) << response.error().message();
        EXPECT_EQ(response->retry_after, wait) << header;
    }
}

TEST_F(HttpTest, SendsBodies) {
    for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
        const Peer peer([&](tcp::socket socket) {
            std::string text = read_request(socket);
            while (!text.ends_with("{\"a\":1}")) {
                char c = 0;
                net::read(socket, net::buffer(&c, 1));
                text += c;
            }
            {
                const std::lock_guard lock(mutex);
                asked = text;
            }
            write_text(socket, "HTTP/1.1 204 None\r\n\r\n");
        });
        http::Request request = get(peer.port());
        request.method = method;
        request.body = "{\"a\":1}";
        request.headers = {{"Content-Type", "application/json"}};
        const auto response = fetch(request);
        ASSERT_TRUE(response) << response.error().message();
        EXPECT_EQ(response->status, 204);
        EXPECT_TRUE(last_request().starts_with(method));
        EXPECT_NE(last_request().find("Content-Length: 7\r\n"), std::string::npos);
        EXPECT_EQ(last_request().find("Expect"), std::string::npos);
    }
}

TEST_F(HttpTest, EmptyPostHasALength) {
    const Peer peer(answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    http::Request request = get(peer.port());
    request.method = "POST";
    ASSERT_TRUE(fetch(request));
    EXPECT_NE(last_request().find("Content-Length: 0\r\n"), std::string::npos) << last_request();
}

TEST_F(HttpTest, HeadHasNoBody) {
    const Peer peer(answering("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"));
    http::Request request = get(peer.port());
    request.method = "HEAD";
    const auto response = fetch(request);
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->body, "");
    EXPECT_EQ(response->header("content-length"), "1000");
}

TEST_F(HttpTest, RedirectsAreHandedOut) {
    const Peer other(answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    const Peer peer(answering("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" + std::to_string(other.port()) +
                              "/\r\nContent-Length: 0\r\n\r\n"));
    const auto response = fetch(get(peer.port()));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 302);
    EXPECT_EQ(other.accepted(), 0);
}

TEST_F(HttpTest, InterimAnswersAreForgotten) {
    const Peer peer(
        answering("HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    const auto response = fetch(get(peer.port()));
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->header("x-early"), "");
}

TEST_F(HttpTest, BodyLimitIsExact) {
    for (const char* kind : {"Content-Length: 1000\r\n\r\n", "\r\n", "Transfer-Encoding: chunked\r\n\r\n3e8\r\n"}) {
        const Peer peer(answering("HTTP/1.1 200 OK\r\n" + std::string(kind) + std::string(1000, 'x') +
                                  (std::string_view(kind).starts_with('T') ? "\r\n0\r\n\r\n" : "")));
        http::Request request = get(peer.port());
        request.max_body = 1000;
        const auto whole = fetch(request);
        ASSERT_TRUE(whole) << whole.error().message();
        EXPECT_EQ(whole->body.size(), 1000U);
        request.max_body = 999;
        EXPECT_EQ(fetch(request).error(), http::Errc::too_large);
    }
}

TEST_F(HttpTest, HeadersAreBounded) {
    std::string many = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 100; ++i) many += "X-" + std::to_string(i) + ": " + std::string(1000, 'h') + "\r\n";
    const Peer peer(answering(many + "\r\n"));
    expect_error(peer, http::Errc::too_large);
}

TEST_F(HttpTest, BrokenAnswers) {
    for (const char* text :
         {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 2"}) {
        const Peer peer(answering(text));
        expect_error(peer, http::Errc::broken);
    }
}

TEST_F(HttpTest, SlowServerTimesOut) {
    const Peer peer([](tcp::socket socket) {
        read_request(socket);
        write_text(socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nha");
        read_request(socket);
    });
    http::Request request = get(peer.port());
    request.timeout = 100ms;
    EXPECT_EQ(fetch(request).error(), http::Errc::timed_out);
}

TEST_F(HttpTest, CancellingEndsItAtOnce) {
    Signal asked_once;
    const Peer peer([&](tcp::socket socket) {
        read_request(socket);
        asked_once.set();
        read_request(socket);
    });
    http::Request request = get(peer.port());
    request.timeout = 60s;
    const auto cut = [&]() -> awaitable<bool> {
        const auto executor = co_await net::this_coro::executor;
        platform::Timer timer(executor);
        timer.expires_after(50ms);
        const NetOptions options;
        const auto first = co_await (http::fetch(network, request, options) || timer.async_wait(no_throw));
        co_return first.index() == 1;
    };
    const auto before = std::chrono::steady_clock::now();
    EXPECT_TRUE(run(io, cut()));
    EXPECT_EQ(fetch(get(1)).error(), TunnelErrc::refused) << "the worker is free again";
    EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
}

TEST_F(HttpTest, PlainHttpIsForLoopbackOnly) {
    http::Request request;
    for (const char* url :
         {"http://example.org/", "http://192.0.2.1/", "http://0.0.0.0/", "http://localhost.example/"}) {
        request.url = url;
        EXPECT_EQ(fetch(request).error(), http::Errc::not_https) << url;
    }
    for (const char* url :
         {"", "ftp://localhost/", "file:///etc/passwd", "wss://localhost/", "http://a:b@localhost/"}) {
        request.url = url;
        EXPECT_EQ(fetch(request).error(), http::Errc::bad_url) << url;
    }
}

TEST_F(HttpTest, NamesUnderLocalhostAreThisMachine) {
    const Peer peer(answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    http::Request request;
    request.url = "http://hub.localhost:" + std::to_string(peer.port()) + "/";
    EXPECT_TRUE(fetch(request));
    const Peer six(answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "::1");
    for (const char* host : {"localhost", "[::1]"}) {
        request.url = "http://" + std::string(host) + ":" + std::to_string(six.port()) + "/";
        EXPECT_TRUE(fetch(request)) << host;
    }
}

TEST_F(HttpTest, HeadersThatBreakTheRequestAreRefused) {
    const Peer peer(answering("HTTP/1.1 200 OK\r\n\r\n"));
    for (const std::pair<std::string, std::string>& header : http::Headers{
             {"X", "a\r\nb: c"}, {"X\n", "a"}, {"", "a"}, {"X:", "a"}, {"X Y", "a"}, {"X", std::string("a\0b", 3)}}) {
        http::Request request = get(peer.port());
        request.headers = {header};
        EXPECT_EQ(fetch(request).error(), http::Errc::bad_header);
    }
    EXPECT_EQ(peer.accepted(), 0);
}

TEST_F(HttpTest, GoesThroughTheProxyAndNowhereElse) {
    const Peer target([](tcp::socket socket) {
        std::array<char, 16> some{};
        socket.read_some(net::buffer(some));
        write_text(socket, "no TLS here");
        read_request(socket);
    });
    ConnectProxy proxy(target.port());
    http::Request request;
    request.url = "https://backend.example/rest/v1/devices";
    request.headers = {{"Authorization", "Bearer hunter2"}, {"apikey", "hunter2"}};
    NetOptions options;
    options.proxy = proxy.url();
    EXPECT_EQ(fetch(request, options).error(), platform::TlsErrc::not_tls) << "it speaks TLS to the far end";
    ASSERT_EQ(proxy.requests().size(), 1U);
    EXPECT_TRUE(proxy.requests()[0].starts_with("CONNECT backend.example:443 ")) << proxy.requests()[0];
    EXPECT_EQ(proxy.requests()[0].find("devices"), std::string::npos);
    EXPECT_EQ(proxy.requests()[0].find("hunter2"), std::string::npos) << "keys and tokens are not for the proxy";
    ConnectProxy refusing(target.port(), "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    options.proxy = refusing.url();
    request.url = "https://0.0.0.0:" + std::to_string(target.port()) + "/";
    const int before = target.accepted();
    EXPECT_EQ(fetch(request, options).error(), TunnelErrc::proxy_refused);
    EXPECT_EQ(target.accepted(), before);
}

TEST_F(HttpTest, LoopbackIsNeverProxied) {
    const Peer peer(answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    const Values proxied{{"http_proxy", "http://127.0.0.1:1"}, {"ALL_PROXY", "http://127.0.0.1:1"}};
    const Environment environment(proxied);
    EXPECT_TRUE(fetch(get(peer.port())));
}

}  // namespace
}  // namespace tests
