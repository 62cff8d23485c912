// The WebSocket client against Beast's server, and against scripts that write raw frames.
#include <sys/socket.h>

#include <boost/asio/buffers_iterator.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <chrono>
#include <filesystem>
#include <thread>

#include "websocket_fixture.hpp"

namespace tests {
namespace {

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

TEST_F(WebSocketTest, SaysWhenItHeardLast) {
    const Peer peer(websocket_script(echo));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    const TimePoint before = client.last_heard();
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
    // Scripts that are just ending give theirs back.
    const auto too_many = [&] { return open_descriptors() - peer.accepted() > before + 2; };
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    while (too_many() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    EXPECT_FALSE(too_many());
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
