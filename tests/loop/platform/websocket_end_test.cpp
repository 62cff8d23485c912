// How connections of the WebSocket client end, and how they are refused.
#include <boost/beast/core/buffers_to_string.hpp>

#include "websocket_fixture.hpp"

namespace tests {
namespace {

class CloseCodeTest : public WebSocketTest, public ::testing::WithParamInterface<int> {};

TEST_P(CloseCodeTest, IsKeptAndEchoed) {
    const auto code = static_cast<std::uint16_t>(GetParam());
    Signal echoed;
    const Peer peer(websocket_script([&](ServerSocket& server) {
        server.write(net::buffer("last words", 10));
        server.close(beast::websocket::close_reason(static_cast<beast::websocket::close_code>(code),
                                                    "why"));  // returns when the client has answered
        echoed.set();
    }));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    EXPECT_EQ(read(client).data, "last words");
    EXPECT_EQ(read(client).error, WebSocketErrc::closed);
    EXPECT_EQ(client.peer_close_code(), code);
    EXPECT_TRUE(echoed.wait());
    client.queue(false, "too late");
    EXPECT_EQ(client.queued(), 0U);
    EXPECT_EQ(flush(client), WebSocketErrc::closed);
}

INSTANTIATE_TEST_SUITE_P(Codes, CloseCodeTest, ::testing::Values(1000, 1001, 1009, 1011, 1012, 4000));

TEST_F(WebSocketTest, CloseWithoutACodeIs1005) {
    const Peer peer(websocket_script([](ServerSocket& server) {
        write_text(server.next_layer(), unmasked_frame(0x88, ""));
        beast::flat_buffer buffer;
        server.read(buffer);
    }));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    EXPECT_EQ(read(client).error, WebSocketErrc::closed);
    EXPECT_EQ(client.peer_close_code(), platform::close_code::no_status);
}

TEST_F(WebSocketTest, OwnCloseComesBehindWhatWasQueued) {
    std::string got;
    std::uint16_t code = 0;
    Signal done;
    const Peer peer(websocket_script([&](ServerSocket& server) {
        beast::flat_buffer buffer;
        server.read(buffer);
        got = beast::buffers_to_string(buffer.cdata());
        beast::error_code ec;
        server.read(buffer, ec);
        code = server.reason().code;
        done.set();
    }));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    client.queue(false, "bye");
    ASSERT_EQ(run(io, client.close(1000)), Error{});
    EXPECT_EQ(read(client).error, WebSocketErrc::closed);
    ASSERT_TRUE(done.wait());
    EXPECT_EQ(got, "bye");
    EXPECT_EQ(code, 1000);
}

TEST_F(WebSocketTest, EndWithoutACloseFrameIsLost) {
    const Peer peer(websocket_script([](ServerSocket&) {}));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    EXPECT_EQ(read(client).error, WebSocketErrc::lost);
    EXPECT_EQ(client.peer_close_code(), platform::close_code::none);
}

struct RefusalCase {
    const char* answer;
    WebSocketErrc error;
    int status;
    const char* body;
};

class RefusalTest : public WebSocketTest, public ::testing::WithParamInterface<RefusalCase> {};

TEST_P(RefusalTest, KeepsStatusHeadersAndBody) {
    std::string request;
    Signal asked;
    const Peer peer([&](tcp::socket socket) {
        request = read_request(socket);
        asked.set();
        write_text(socket, GetParam().answer);
        socket.shutdown(tcp::socket::shutdown_send);
        read_request(socket);
    });
    WebSocket client(io.get_executor());
    EXPECT_EQ(open(client, peer), GetParam().error);
    EXPECT_EQ(client.refusal().status, GetParam().status);
    EXPECT_EQ(client.refusal().body, GetParam().body);
    EXPECT_EQ(client.refusal().header("x-why"), "because");
    ASSERT_TRUE(asked.wait());
    EXPECT_TRUE(request.starts_with("GET /socket?vsn=2.0.0 HTTP/1.1\r\n")) << request;
    EXPECT_NE(request.find("\r\nHost: 127.0.0.1:" + std::to_string(peer.port()) + "\r\n"), request.npos);
    EXPECT_NE(request.find("\r\nX-Test: yes\r\n"), request.npos);
    EXPECT_EQ(request.find("Origin"), request.npos);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, RefusalTest,
    ::testing::Values(
        RefusalCase{"HTTP/1.1 401 Unauthorized\r\nX-Why: because\r\nContent-Length: 29\r\n\r\n"
                    "{\"error\":\"Token has expired\"}",
                    WebSocketErrc::refused, 401, "{\"error\":\"Token has expired\"}"},
        RefusalCase{"HTTP/1.1 403 Forbidden\r\nX-Why: because\r\nContent-Length: 0\r\n\r\n", WebSocketErrc::refused,
                    403, ""},
        RefusalCase{
            "HTTP/1.1 429 Too Many\r\nX-Why: because\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nslow\r\n0\r\n\r\n",
            WebSocketErrc::refused, 429, "slow"},
        RefusalCase{"HTTP/1.1 503 Away\r\nX-Why: because\r\n\r\nuntil the end", WebSocketErrc::refused, 503,
                    "until the end"},
        RefusalCase{"HTTP/1.1 200 OK\r\nX-Why: because\r\nContent-Length: 5\r\n\r\nlogin",
                    WebSocketErrc::upgrade_stripped, 200, "login"},
        RefusalCase{"HTTP/1.1 302 Found\r\nX-Why: because\r\nLocation: http://login/\r\nContent-Length: 0\r\n\r\n",
                    WebSocketErrc::upgrade_stripped, 302, ""},
        RefusalCase{"HTTP/1.1 400 Bad\r\nX-Why: because\r\nContent-Length: 7\r\n\r\nupgrade",
                    WebSocketErrc::upgrade_stripped, 400, "upgrade"},
        RefusalCase{"HTTP/1.1 400 Bad\r\nX-Why: because\r\nContent-Length: 13\r\n\r\n{\"error\":\"x\"}",
                    WebSocketErrc::refused, 400, "{\"error\":\"x\"}"},
        RefusalCase{"HTTP/1.1 101 Switching\r\nX-Why: because\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Accept: bm90IHRoZSByaWdodCBvbmU=\r\n\r\n",
                    WebSocketErrc::bad_handshake, 101, ""}));

TEST_F(WebSocketTest, RefusalsBodyIsCutAtItsBound) {
    const Peer peer([](tcp::socket socket) {
        read_request(socket);
        write_text(socket, "HTTP/1.1 500 Oops\r\n\r\n" + std::string(100'000, 'z'));
        read_request(socket);  // the body never ends: the client must not wait for more
    });
    WebSocketOptions options;
    options.max_refusal_body = 1000;
    WebSocket client(io.get_executor(), options);
    EXPECT_EQ(open(client, peer), WebSocketErrc::refused);
    EXPECT_EQ(client.refusal().body, std::string(1000, 'z'));
}

TEST_F(WebSocketTest, AnswerThatIsNoHttp) {
    const Peer peer([](tcp::socket socket) {
        read_request(socket);
        write_text(socket, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
        read_request(socket);
    });
    WebSocket client(io.get_executor());
    EXPECT_EQ(open(client, peer), WebSocketErrc::bad_handshake);
}

TEST_F(WebSocketTest, SilentServerTimesOut) {
    const Peer peer([](tcp::socket socket) {
        read_request(socket);
        read_request(socket);
    });
    WebSocketOptions options;
    options.handshake_timeout = 50ms;
    WebSocket client(io.get_executor(), options);
    EXPECT_EQ(open(client, peer), WebSocketErrc::handshake_timeout);
}

TEST_F(WebSocketTest, HeadersThatBreakTheRequestAreRefused) {
    const Peer peer([](tcp::socket socket) { read_request(socket); });
    for (const auto& header : std::vector<std::pair<std::string, std::string>>{
             {"X-Bad", "a\r\nb: c"}, {"X Bad", "a"}, {"", "a"}, {"X:Bad", "a"}, {"X-Bad", std::string("a\0b", 3)}}) {
        WebSocket client(io.get_executor());
        const auto attempt = [&]() -> awaitable<Error> {
            const auto executor = co_await net::this_coro::executor;
            tcp::socket socket(executor);
            const tcp::endpoint endpoint(net::ip::address_v4::loopback(), peer.port());
            const auto [ec] = co_await socket.async_connect(endpoint, no_throw);
            EXPECT_EQ(ec, Error{});
            platform::Upgrade upgrade;
            upgrade.host = "127.0.0.1";
            upgrade.headers = {header};
            const Error opened = co_await client.connect(std::move(socket), std::move(upgrade), nullptr);
            co_return opened;
        };
        EXPECT_EQ(run(io, attempt()), boost::system::errc::invalid_argument);
    }
}

TEST_F(WebSocketTest, DropEndsReaderAndWriterOfAHalfOpenConnection) {
    Signal end;
    const Peer peer(websocket_script([&](ServerSocket&) { (void)end.wait(); }));  // never reads
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    client.queue(true, std::string(30'000'000, 'x'));  // more than the system's buffers hold
    const auto stuck = [&]() -> awaitable<Ends> {
        const auto executor = co_await net::this_coro::executor;
        platform::Timer timer(executor);
        timer.expires_after(50ms);
        const auto drop_later = [&]() -> awaitable<bool> {
            const auto [ec] = co_await timer.async_wait(no_throw);
            (void)ec;
            client.drop();
            co_return true;
        };
        const auto [got, flushed, dropped] = co_await (read_copy(client) && client.flush() && drop_later());
        EXPECT_TRUE(dropped);
        co_return Ends(got.error, flushed);
    };
    const auto [got, flushed] = run(io, stuck());
    EXPECT_EQ(got, net::error::operation_aborted);
    EXPECT_EQ(flushed, net::error::operation_aborted);
    end.set();
}

// The server says why and goes while the client still writes: the reason must not be lost behind "broken pipe".
TEST_F(WebSocketTest, CloseFrameIsFoundBehindAFailedWrite) {
    const Peer peer(websocket_script([](ServerSocket& server) {
        write_text(server.next_layer(), unmasked_frame(0x88, "\x03\xf4"));
        // Reads what has come so that the close frame is not lost in a reset, then goes.
        std::array<char, 65536> chunk{};
        for (int i = 0; i < 20; ++i) server.next_layer().read_some(net::buffer(chunk));
    }));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    client.queue(true, std::string(30'000'000, 'x'));
    const auto both = [&]() -> awaitable<Ends> {
        const auto [flushed, got] = co_await (client.flush() && read_copy(client));
        co_return Ends(flushed, got.error);
    };
    const auto [flushed, got] = run(io, both());
    EXPECT_EQ(got, WebSocketErrc::closed);
    EXPECT_EQ(flushed, WebSocketErrc::closed);
    EXPECT_EQ(client.peer_close_code(), 1012);
}

}  // namespace
}  // namespace tests
