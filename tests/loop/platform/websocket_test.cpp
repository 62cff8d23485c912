// The WebSocket client against Beast's server, and against scripts that write raw frames.
#include "platform/websocket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/buffers_iterator.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <filesystem>

#include "peer.hpp"

namespace tests {
namespace {

namespace beast = boost::beast;
using namespace net::experimental::awaitable_operators;
using platform::Incoming;
using platform::WebSocket;
using platform::WebSocketErrc;
using platform::WebSocketOptions;
using ServerSocket = beast::websocket::stream<tcp::socket>;

// Segments with data that a connected socket has received: tcpi_data_segs_in of <linux/tcp.h>, which can't be included
// beside libc's <netinet/tcp.h>; the place of a member in it is part of the kernel's interface.
std::uint32_t data_segments_in(int socket) {
    constexpr std::size_t offset = 152;
    std::array<char, 256> info{};
    socklen_t size = info.size();
    std::uint32_t segments = 0;
    EXPECT_EQ(::getsockopt(socket, IPPROTO_TCP, TCP_INFO, info.data(), &size), 0);
    EXPECT_GE(size, offset + sizeof segments);
    std::memcpy(&segments, info.data() + offset, sizeof segments);
    return segments;
}

// A script that gets its connection with the WebSocket already open.
Peer::Script websocket_script(std::function<void(ServerSocket&)> script) {
    return [script = std::move(script)](tcp::socket socket) {
        socket.set_option(tcp::no_delay(true));
        ServerSocket server(std::move(socket));
        server.read_message_max(std::size_t{64} << 20);
        server.accept();
        script(server);
    };
}

// Echoes until the client closes.
void echo(ServerSocket& server) {
    for (;;) {
        beast::flat_buffer buffer;
        server.read(buffer);
        server.binary(server.got_binary());
        server.write(buffer.cdata());
    }
}

std::string unmasked_frame(std::uint8_t first, std::string_view payload) {
    std::string frame{static_cast<char>(first), static_cast<char>(payload.size())};
    return frame.append(payload);
}

awaitable<Error> connect(WebSocket& client, std::uint16_t port) {
    const auto executor = co_await net::this_coro::executor;
    tcp::socket socket(executor);
    const tcp::endpoint endpoint(net::ip::address_v4::loopback(), port);
    const auto [ec] = co_await socket.async_connect(endpoint, no_throw);
    if (ec) co_return ec;
    platform::Upgrade upgrade;
    upgrade.host = "127.0.0.1";
    upgrade.port = port;
    upgrade.target = "/socket?vsn=2.0.0";
    upgrade.headers = {{"X-Test", "yes"}};
    const Error opened = co_await client.connect(std::move(socket), std::move(upgrade), nullptr);
    co_return opened;
}

using Ends = std::pair<Error, Error>;  // of a reader and a writer

struct Read {
    Error error;
    std::string data;
    bool binary = false;
    std::uint64_t size = 0;
};

awaitable<Read> read_copy(WebSocket& client) {
    const Result<Incoming> got = co_await client.read();
    Read read;
    if (!got)
        read.error = got.error();
    else
        read = {{}, std::string(got->data), got->binary, got->size};
    co_return read;
}

class WebSocketTest : public ::testing::Test {
  protected:
    Error open(WebSocket& client, const Peer& peer) { return run(io, connect(client, peer.port())); }
    Read read(WebSocket& client) { return run(io, read_copy(client)); }
    Error flush(WebSocket& client) { return run(io, client.flush()); }

    net::io_context io;
};

TEST_F(WebSocketTest, EchoesTextAndBinaryOfManySizes) {
    const Peer peer(websocket_script(echo));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    for (const std::size_t size : {0, 1, 2, 125, 126, 127, 4096, 65500, 65535, 65536, 70000, 200000}) {
        for (const bool binary : {false, true}) {
            const std::string message(size, binary ? '\xff' : 'x');
            client.queue(binary, message);
            ASSERT_EQ(flush(client), Error{});
            const Read got = read(client);
            ASSERT_EQ(got.error, Error{});
            EXPECT_EQ(got.binary, binary);
            EXPECT_EQ(got.size, size);
            EXPECT_TRUE(got.data == message) << size;
        }
    }
}

TEST_F(WebSocketTest, PartsBecomeOneMessage) {
    const Peer peer(websocket_script(echo));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    client.queue(false, "{\"id\":1,", "\"params\":{}", "}");
    ASSERT_EQ(flush(client), Error{});
    EXPECT_EQ(read(client).data, "{\"id\":1,\"params\":{}}");
}

TEST_F(WebSocketTest, TwentyMegabytesBothWays) {
    const Peer peer(websocket_script(echo));
    WebSocketOptions options;
    options.max_message = 20'000'000;
    WebSocket client(io.get_executor(), options);
    ASSERT_EQ(open(client, peer), Error{});
    std::string message(20'000'000, 'a');
    for (std::size_t i = 0; i < message.size(); i += 997) message[i] = static_cast<char>('b' + i % 20);
    client.queue(false, message);
    const auto both = [&]() -> awaitable<Read> {
        const auto [flushed, got] = co_await (client.flush() && read_copy(client));
        EXPECT_EQ(flushed, Error{});
        co_return got;
    };
    const Read got = run(io, both());
    EXPECT_EQ(got.error, Error{});
    EXPECT_TRUE(got.data == message);
}

TEST_F(WebSocketTest, FragmentsWithPingsBetweenAreOneMessage) {
    const Peer peer(websocket_script([](ServerSocket& server) {
        server.write_some(false, net::buffer("one ", 4));
        server.ping("between");
        server.write_some(false, net::buffer("two ", 4));
        server.write_some(true, net::buffer("three", 5));
        beast::flat_buffer buffer;
        server.read(buffer);
    }));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    EXPECT_EQ(read(client).data, "one two three");
}

TEST_F(WebSocketTest, PingIsAnsweredWhileReading) {
    Signal pong;
    const Peer peer(websocket_script([&](ServerSocket& server) {
        server.control_callback([&](beast::websocket::frame_type kind, beast::string_view payload) {
            if (kind == beast::websocket::frame_type::pong && payload == "42") pong.set();
        });
        server.ping("42");
        beast::flat_buffer buffer;
        server.read(buffer);
    }));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    net::co_spawn(io, read_copy(client), [](std::exception_ptr, const Read&) {});
    io.restart();
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!pong.wait(0ms) && std::chrono::steady_clock::now() < deadline) io.run_for(5ms);
    EXPECT_TRUE(pong.wait(0ms));
    client.drop();
    io.run();
}

TEST_F(WebSocketTest, OwnPingIsHeardBack) {
    const Peer peer(websocket_script(echo));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    const TimePoint before = client.last_heard();
    client.ping("are you there");
    client.queue(false, "last");
    ASSERT_EQ(flush(client), Error{});
    EXPECT_EQ(read(client).data, "last");
    EXPECT_GT(client.last_heard(), before);
}

TEST_F(WebSocketTest, ManyFramesAreOneWriteAndOneRead) {
    constexpr int count = 1000;
    unsigned segments = 0;
    Signal counted;
    const Peer peer(websocket_script([&](ServerSocket& server) {
        beast::flat_buffer buffer;
        for (int i = 0; i < count; ++i) {
            buffer.clear();
            server.read(buffer);
        }
        segments = data_segments_in(server.next_layer().native_handle());
        counted.set();
        // All answers in one piece, as raw frames.
        std::string frames;
        for (int i = 0; i < count; ++i) frames += unmasked_frame(0x81, "{\"n\":" + std::to_string(i) + "}");
        write_text(server.next_layer(), frames);
        server.read(buffer);
    }));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    for (int i = 0; i < count; ++i) client.queue(false, "{\"n\":", std::to_string(i), "}");
    EXPECT_GT(client.queued(), static_cast<std::size_t>(count * 10));
    ASSERT_EQ(flush(client), Error{});
    EXPECT_EQ(client.queued(), 0U);
    ASSERT_TRUE(counted.wait());
    // The handshake's request was one segment, the frames are the rest.
    EXPECT_LE(segments, 3U);

    EXPECT_EQ(read(client).data, "{\"n\":0}");
    int polled = 1;
    while (const auto got = client.poll()) {
        ASSERT_TRUE(*got);
        EXPECT_EQ((**got).data, "{\"n\":" + std::to_string(polled++) + "}");
    }
    EXPECT_EQ(polled, count) << "frames that came together are handed out without waiting";
}

TEST_F(WebSocketTest, TooLongMessageIsSkippedAndReported) {
    const Peer peer(websocket_script([](ServerSocket& server) {
        const std::string long_one = "{\"id\":7,\"result\":\"" + std::string(300'000, 'x') + "\"}";
        server.write(net::buffer(long_one));
        server.auto_fragment(true);
        server.write(net::buffer(std::string(300'000, 'y')));
        server.write(net::buffer("after", 5));
        echo(server);
    }));
    WebSocketOptions options;
    options.max_message = 100'000;
    WebSocket client(io.get_executor(), options);
    ASSERT_EQ(open(client, peer), Error{});
    const Read first = read(client);
    EXPECT_EQ(first.error, Error{});
    EXPECT_EQ(first.size, 300'020U);
    EXPECT_EQ(first.data.size(), 4096U);
    EXPECT_TRUE(first.data.starts_with("{\"id\":7,"));
    const Read second = read(client);
    EXPECT_EQ(second.size, 300'000U);
    EXPECT_EQ(second.data, std::string(4096, 'y'));
    EXPECT_EQ(read(client).data, "after");
}

TEST_F(WebSocketTest, InvalidUtf8EndsTheConnectionWithItsOwnError) {
    Signal told;
    const Peer peer(websocket_script([&](ServerSocket& server) {
        write_text(server.next_layer(), unmasked_frame(0x81, "fine") + unmasked_frame(0x81, "\xc3\x28"));
        beast::flat_buffer buffer;
        beast::error_code ec;
        server.read(buffer, ec);
        if (ec == beast::websocket::error::closed && server.reason().code == 1007) told.set();
    }));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    EXPECT_EQ(read(client).data, "fine");
    EXPECT_EQ(read(client).error, WebSocketErrc::invalid_utf8);
    EXPECT_EQ(read(client).error, WebSocketErrc::invalid_utf8) << "it stays";
    EXPECT_FALSE(client.is_open());
    EXPECT_TRUE(told.wait());
}

TEST_F(WebSocketTest, MaskedFrameFromTheServerIsAProtocolError) {
    Signal told;
    const Peer peer(websocket_script([&](ServerSocket& server) {
        write_text(server.next_layer(), std::string("\x81\x81\0\0\0\0x", 7));
        beast::flat_buffer buffer;
        beast::error_code ec;
        server.read(buffer, ec);
        if (ec == beast::websocket::error::closed && server.reason().code == 1002) told.set();
    }));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    EXPECT_EQ(read(client).error, WebSocketErrc::protocol);
    EXPECT_TRUE(told.wait());
}

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
    EXPECT_EQ(client.peer_close_reason(), "why");
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
    EXPECT_FALSE(client.is_open());
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

TEST_F(WebSocketTest, CancelledReadLosesNothing) {
    Signal go;
    const Peer peer(websocket_script([&](ServerSocket& server) {
        const std::string frame = unmasked_frame(0x81, "in two parts");
        write_text(server.next_layer(), frame.substr(0, 5));
        ASSERT_TRUE(go.wait());
        write_text(server.next_layer(), frame.substr(5));
        echo(server);
    }));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    const auto cut = [&]() -> awaitable<bool> {
        const auto executor = co_await net::this_coro::executor;
        platform::Timer timer(executor);
        timer.expires_after(30ms);
        const auto first = co_await (read_copy(client) || timer.async_wait(no_throw));
        co_return first.index() == 1;
    };
    EXPECT_TRUE(run(io, cut()));
    go.set();
    EXPECT_EQ(read(client).data, "in two parts");
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
    EXPECT_FALSE(client.is_open());
    end.set();
}

TEST_F(WebSocketTest, FlushCancelledMidwayGoesOnWhereItWas) {
    Signal go;
    std::string got;
    Signal done;
    const Peer peer(websocket_script([&](ServerSocket& server) {
        ASSERT_TRUE(go.wait());
        beast::flat_buffer buffer;
        server.read(buffer);
        got = beast::buffers_to_string(buffer.cdata());
        done.set();
    }));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    const std::string message(30'000'000, 'm');
    client.queue(true, message);
    const auto cut = [&]() -> awaitable<bool> {
        const auto executor = co_await net::this_coro::executor;
        platform::Timer timer(executor);
        timer.expires_after(50ms);
        const auto first = co_await (client.flush() || timer.async_wait(no_throw));
        co_return first.index() == 1;
    };
    EXPECT_TRUE(run(io, cut()));
    EXPECT_GT(client.queued(), 0U);
    go.set();
    EXPECT_EQ(flush(client), Error{});
    ASSERT_TRUE(done.wait());
    EXPECT_TRUE(got == message);
}

TEST_F(WebSocketTest, TwoFlushesAtOnceBothEnd) {
    const Peer peer(websocket_script(echo));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    client.queue(true, std::string(10'000'000, 'x'));
    const auto both = [&]() -> awaitable<bool> {
        const auto [a, b, got] = co_await (client.flush() && client.flush() && read_copy(client));
        co_return !a && !b && got.data.size() == 10'000'000;
    };
    EXPECT_TRUE(run(io, both()));
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

TEST_F(WebSocketTest, WithoutAMaskThePayloadIsSentAsItIs) {
    std::string raw;
    Signal done;
    const Peer peer(websocket_script([&](ServerSocket& server) {
        raw.resize(6 + 5);
        net::read(server.next_layer(), net::buffer(raw));
        done.set();
    }));
    WebSocketOptions options;
    options.mask = false;
    WebSocket client(io.get_executor(), options);
    ASSERT_EQ(open(client, peer), Error{});
    client.queue(false, "hello");
    ASSERT_EQ(flush(client), Error{});
    ASSERT_TRUE(done.wait());
    EXPECT_EQ(raw, std::string("\x81\x85\0\0\0\0hello", 11));
}

std::ptrdiff_t open_descriptors() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

TEST_F(WebSocketTest, ConnectionsThatComeAndGoLeaveNoDescriptor) {
    const Peer peer(websocket_script(echo));
    const auto go_round = [&](bool orderly) {
        WebSocket client(io.get_executor());
        ASSERT_EQ(open(client, peer), Error{});
        client.queue(true, std::string(100'000, 'x'));
        if (orderly) {
            ASSERT_EQ(run(io, client.close()), Error{});
            while (!read(client).error) {
            }
        } else {
            client.drop();
        }
    };
    go_round(true);                                            // what is opened once for good is open now
    const auto before = open_descriptors() - peer.accepted();  // the peer keeps a duplicate of each connection
    for (int i = 0; i < 100; ++i) go_round(i % 2 == 0);
    EXPECT_LE(open_descriptors() - peer.accepted(), before + 2) << "two more for scripts that are just ending";
}

TEST_F(WebSocketTest, NothingWorksBeforeConnect) {
    WebSocket client(io.get_executor());
    client.queue(false, "x");
    EXPECT_EQ(client.queued(), 0U);
    EXPECT_EQ(flush(client), WebSocketErrc::not_open);
    EXPECT_EQ(read(client).error, WebSocketErrc::not_open);
}

}  // namespace
}  // namespace tests
