// WebSockets and tunnels over lines that are slow, lossy, cut or half-open.
#include <gtest/gtest.h>

#include "peer.hpp"
#include "platform/tunnel.hpp"
#include "platform/websocket/websocket.hpp"
#include "tests/support/delay_proxy.hpp"
#include "tests/support/netlab.hpp"
#include "ws_echo.hpp"

namespace tests {
namespace {

using namespace net::experimental::awaitable_operators;
using platform::NetOptions;
using platform::TunnelErrc;
using platform::WebSocket;
using platform::WebSocketErrc;

awaitable<Error> open(platform::Worker& network, WebSocket& client, std::string host, std::uint16_t port) {
    NetOptions options;
    options.proxy = "none";
    auto socket = co_await platform::open_tunnel(network, host, port, options);
    if (!socket) co_return socket.error();
    platform::Upgrade upgrade;
    upgrade.host = std::move(host);
    upgrade.port = port;
    const Error ec = co_await client.connect(std::move(*socket), std::move(upgrade), nullptr);
    co_return ec;
}

// Sends `count` numbered messages at once and reads them all back in order.
awaitable<bool> echo_all(WebSocket& client, int count, std::string filler) {
    for (int i = 0; i < count; ++i) client.queue(false, std::to_string(i) + " ", filler);
    const auto read_all = [&]() -> awaitable<bool> {
        for (int i = 0; i < count; ++i) {
            const auto got = co_await client.read();
            if (!got || got->data != std::to_string(i) + " " + filler) co_return false;
        }
        co_return true;
    };
    const auto [flushed, right] = co_await (client.flush() && read_all());
    co_return !flushed && right;
}

awaitable<bool> hears_nothing_for(WebSocket& client, Duration time) {
    const auto executor = co_await net::this_coro::executor;
    platform::Timer timer(executor);
    timer.expires_after(time);
    const auto first = co_await (client.read() || timer.async_wait(no_throw));
    co_return first.index() == 1;
}

class BadLineTest : public ::testing::Test {
  protected:
    net::io_context io;
    platform::Worker network{"net-test"};
    WebSocket client{io.get_executor()};
};

TEST_F(BadLineTest, HalfASecondAwayCostsOneRoundTripForManyMessages) {
    const Peer peer(echo_script());
    DelayProxy proxy(peer.port(), 250ms);
    ASSERT_EQ(run(io, open(network, client, "127.0.0.1", proxy.port())), Error{});
    const auto before = std::chrono::steady_clock::now();
    EXPECT_TRUE(run(io, echo_all(client, 200, "x")));
    const auto took = std::chrono::steady_clock::now() - before;
    EXPECT_GE(took, 500ms);
    EXPECT_LT(took, 20s) << "one after another they would take 100 s";
}

TEST_F(BadLineTest, SwallowedConnectionIsSilentUntilItIsDropped) {
    const Peer peer(echo_script());
    DelayProxy proxy(peer.port());
    ASSERT_EQ(run(io, open(network, client, "127.0.0.1", proxy.port())), Error{});
    EXPECT_TRUE(run(io, echo_all(client, 3, "x")));
    proxy.swallow();
    client.queue(false, "into the void");
    EXPECT_EQ(run(io, client.flush()), Error{});
    EXPECT_TRUE(run(io, hears_nothing_for(client, 200ms)));
    client.drop();
    proxy.heal();
    WebSocket again(io.get_executor());
    ASSERT_EQ(run(io, open(network, again, "127.0.0.1", proxy.port())), Error{});
    EXPECT_TRUE(run(io, echo_all(again, 3, "x")));
}

TEST_F(BadLineTest, ResetIsLost) {
    const Peer peer(echo_script());
    DelayProxy proxy(peer.port());
    ASSERT_EQ(run(io, open(network, client, "127.0.0.1", proxy.port())), Error{});
    proxy.sever();
    const auto end = [&]() -> awaitable<Error> {
        const auto got = co_await client.read();
        co_return got ? Error{} : got.error();
    };
    EXPECT_EQ(run(io, end()), WebSocketErrc::lost);
}

// Real packets, in namespaces of the test's own.
class NetLabTest : public ::testing::Test {
  protected:
    void SetUp() override {
        const std::string reason = NetLab::why_not();
        ASSERT_EQ(reason, "");
        lab.emplace();
        network.emplace("net-test");
        client.emplace(io.get_executor());
    }
    void TearDown() override {
        network.reset();
        lab.reset();
    }

    net::io_context io;
    std::optional<NetLab> lab;
    std::optional<platform::Worker> network;
    std::optional<WebSocket> client;
};

TEST_F(NetLabTest, LossyLineDeliversAllInOrder) {
    const Peer peer(echo_script(), lab->listen_far());
    ASSERT_EQ(run(io, open(*network, *client, NetLab::far_address, peer.port())), Error{});
    lab->lose(5);
    EXPECT_TRUE(run(io, echo_all(*client, 500, std::string(2000, 'x')), 50s));
}

TEST_F(NetLabTest, CutLineThatHealsGoesOn) {
    const Peer peer(echo_script(), lab->listen_far());
    ASSERT_EQ(run(io, open(*network, *client, NetLab::far_address, peer.port())), Error{});
    lab->cut();
    client->queue(false, "0 x");
    EXPECT_EQ(run(io, client->flush()), Error{});
    EXPECT_TRUE(run(io, hears_nothing_for(*client, 300ms)));
    lab->plug_in();
    const auto back = [&]() -> awaitable<bool> {
        const auto got = co_await client->read();
        co_return got && got->data == "0 x";
    };
    EXPECT_TRUE(run(io, back()));
}

TEST_F(NetLabTest, DeafHostTimesOutWithinTheLimit) {
    const Peer peer(echo_script(), lab->listen_far());
    lab->deafen();
    const auto try_it = [&]() -> awaitable<Error> {
        NetOptions options;
        options.proxy = "none";
        options.connect_timeout = 300ms;
        const auto socket = co_await platform::open_tunnel(*network, NetLab::far_address, peer.port(), options);
        co_return socket ? Error{} : socket.error();
    };
    const auto before = std::chrono::steady_clock::now();
    EXPECT_EQ(run(io, try_it()), TunnelErrc::timed_out);
    EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
}

TEST_F(NetLabTest, EitherFamilyReplacesTheOtherFast) {
    const Peer peer(echo_script(), lab->listen_far());
    lab->set_hosts(std::string(NetLab::far_address) + " dual.test\n" + NetLab::far_address6 + " dual.test\n");
    for (const char* deaf : {"ip6", "ip"}) {
        lab->deafen_family(deaf);
        WebSocket socket(io.get_executor());
        const auto before = std::chrono::steady_clock::now();
        EXPECT_EQ(run(io, open(*network, socket, "dual.test", peer.port())), Error{}) << deaf;
        EXPECT_LT(std::chrono::steady_clock::now() - before, 8s) << deaf;
        EXPECT_TRUE(run(io, echo_all(socket, 3, "x"))) << deaf;
        lab->clear();
    }
}

}  // namespace
}  // namespace tests
