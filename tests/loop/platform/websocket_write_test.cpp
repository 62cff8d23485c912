// How the WebSocket client writes: by a flush that waits, and at once.
#include <boost/beast/core/buffers_to_string.hpp>
#include <thread>

#include "websocket_fixture.hpp"

namespace tests {
namespace {

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

TEST_F(WebSocketTest, WritesAtOnceWithoutTheLoop) {
    std::string got;
    Signal done;
    const Peer peer(websocket_script([&](ServerSocket& server) {
        beast::flat_buffer buffer;
        server.read(buffer);
        got = beast::buffers_to_string(buffer.cdata());
        done.set();
    }));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    const std::uint64_t written = client.bytes_written();
    client.queue(false, "at once");
    client.flush_now();
    EXPECT_EQ(client.queued(), 0U);
    ASSERT_TRUE(done.wait());
    EXPECT_EQ(got, "at once");
    client.flush_now();  // nothing waits
    EXPECT_EQ(client.bytes_written() - written, 6U + 7U);
}

TEST_F(WebSocketTest, WhatDoesNotGoAtOnceIsLeftToTheFlush) {
    Signal go;
    std::vector<std::string> got;
    Signal done;
    const Peer peer(websocket_script([&](ServerSocket& server) {
        ASSERT_TRUE(go.wait());
        for (int i = 0; i < 2; ++i) {
            beast::flat_buffer buffer;
            server.read(buffer);
            got.push_back(beast::buffers_to_string(buffer.cdata()));
        }
        done.set();
    }));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    const std::string message(30'000'000, 'm');
    client.queue(true, message);
    client.flush_now();
    const std::size_t left = client.queued();
    EXPECT_GT(left, 0U);
    EXPECT_LT(left, message.size());
    client.queue(true, "behind it");
    client.flush_now();  // a full socket
    EXPECT_GT(client.queued(), left);
    go.set();
    EXPECT_EQ(flush(client), Error{});
    ASSERT_TRUE(done.wait());
    EXPECT_TRUE(got.at(0) == message);
    EXPECT_EQ(got.at(1), "behind it");
}

TEST_F(WebSocketTest, NothingIsWrittenAtOnceIntoAFlush) {
    Signal go, room, done;
    std::vector<std::string> got;
    const Peer peer(websocket_script([&](ServerSocket& server) {
        ASSERT_TRUE(go.wait());
        beast::flat_buffer buffer;
        while (buffer.size() < 1'000'000) server.read_some(buffer, 65536);
        room.set();
        server.read(buffer);
        got.push_back(beast::buffers_to_string(buffer.cdata()));
        buffer.clear();
        server.read(buffer);
        got.push_back(beast::buffers_to_string(buffer.cdata()));
        done.set();
    }));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    std::string message(20'000'000, 'a');
    for (std::size_t i = 0; i < message.size(); i += 997) message[i] = static_cast<char>('b' + i % 20);
    client.queue(true, message);
    // The flush waits for room. There is some by now, but the flush has not heard of it.
    const auto meanwhile = [&]() -> awaitable<Error> {
        client.queue(true, "second");
        go.set();
        EXPECT_TRUE(room.wait());
        client.flush_now();
        co_return Error{};
    };
    const auto both = [&]() -> awaitable<Error> {
        const auto [flushed, ignored] = co_await (client.flush() && meanwhile());
        co_return flushed ? flushed : ignored;
    };
    EXPECT_EQ(run(io, both()), Error{});
    ASSERT_TRUE(done.wait());
    EXPECT_TRUE(got.at(0) == message);
    EXPECT_EQ(got.at(1), "second");
}

TEST_F(WebSocketTest, AFailureToWriteAtOnceIsTheFlushesToTell) {
    Signal end;
    const Peer peer(websocket_script([&](ServerSocket& server) {
        server.next_layer().set_option(net::socket_base::linger(true, 0));  // a reset
        server.next_layer().close();
        end.set();
    }));
    WebSocket client(io.get_executor());
    ASSERT_EQ(open(client, peer), Error{});
    ASSERT_TRUE(end.wait());
    // Writes are still taken until the reset has arrived.
    constexpr int most_writes = 100'000;
    for (int i = 0; i < most_writes && client.queued() == 0; ++i) {
        client.queue(false, "into the void");
        client.flush_now();
        std::this_thread::yield();
    }
    EXPECT_GT(client.queued(), 0U);
    EXPECT_EQ(flush(client), WebSocketErrc::lost);
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

}  // namespace
}  // namespace tests
