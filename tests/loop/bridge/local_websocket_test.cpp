// WebSocket clients of the bridge's port: what they send and get, and how they end.
#include "tests/loop/bridge/local_fixture.hpp"
#include "tests/support/sizes.hpp"

namespace bridge::test {
namespace {

namespace websocket = boost::beast::websocket;

std::string large_object(std::size_t bytes) {
    const std::string head = R"({"a":")";
    const std::string tail = R"("})";
    return head + std::string(bytes - head.size() - tail.size(), 'x') + tail;
}

struct LocalWebsocket : LocalSide {
    ScriptedBrowser::Client& client(const Device& device, std::size_t number = 0) {
        return *device.far.clients.at(number);
    }
    bool received(const Device& device, std::size_t messages) {
        return until([&] { return !device.far.clients.empty() && client(device).received.size() >= messages; });
    }
};

TEST_F(LocalWebsocket, MessagesPassAsTheyAre) {
    serve();
    const auto opened = open(first.browser());
    ASSERT_EQ(opened.status, 101);
    auto& socket = *opened.socket;
    write(socket, R"({ "id" : 1 })");
    socket.binary(true);
    write(socket, R"({"id":2})");
    ASSERT_TRUE(received(first, 2));
    EXPECT_EQ(client(first).received, (std::vector<std::string>{R"({ "id" : 1 })", R"({"id":2})"}));
    EXPECT_EQ(client(first).wish.target, "");
    EXPECT_EQ(client(first).wish.label, "test");
    client(first).listener.on_message(R"({"id":1,"result":{}})");
    client(first).listener.on_message(R"({"method":"A.b"})");
    EXPECT_EQ(read(socket), R"({"id":1,"result":{}})");
    EXPECT_EQ(read(socket), R"({"method":"A.b"})");
}

TEST_F(LocalWebsocket, WhatIsNoObjectIsAnsweredAsChromeDoes) {
    serve();
    const auto opened = open(first.browser());
    write(*opened.socket, "[]");
    EXPECT_EQ(read(*opened.socket), R"({"error":{"code":-32600,"message":"Message must be an object"}})");
    write(*opened.socket, "");
    EXPECT_TRUE(read(*opened.socket).starts_with(R"({"error":{"code":-32700,)"));
    write(*opened.socket, R"({"id":1})");
    ASSERT_TRUE(received(first, 1));
    EXPECT_EQ(client(first).received.front(), R"({"id":1})");
}

TEST_F(LocalWebsocket, LargeMessagesPassBothWays) {
    serve();
    first.far.echoes = true;
    const auto opened = open(first.browser());
    const auto large = large_object(support::sized(std::size_t{100} * 1000 * 1000, std::size_t{16} * 1000 * 1000));
    boost::beast::flat_buffer back;
    run(
        [&]() -> awaitable<void> {
            const auto bytes = net::buffer(large);
            const auto [failed, put] = co_await opened.socket->async_write(bytes, no_throw);
            EXPECT_FALSE(failed) << failed.message();
            const auto [ec, size] = co_await opened.socket->async_read(back, no_throw);
            EXPECT_FALSE(ec) << ec.message();
        },
        50s);
    EXPECT_TRUE(std::string_view(static_cast<const char*>(back.cdata().data()), back.size()) == large);
}

TEST_F(LocalWebsocket, APageIsWantedByItsId) {
    serve();
    const auto opened = open("/" + first.secret + "/devtools/page/AB");
    ASSERT_EQ(opened.status, 101);
    EXPECT_EQ(client(first).wish.target, "AB");
    EXPECT_EQ(open("/devtools/page/AB").status, 403);
}

TEST_F(LocalWebsocket, DevicesAreApart) {
    serve();
    const auto one = open(first.browser());
    const auto two = open(second.browser());
    write(*two.socket, R"({"id":2})");
    ASSERT_TRUE(received(second, 1));
    EXPECT_TRUE(client(first).received.empty());
    second.local.stop();
    EXPECT_EQ(read_end(*two.socket), websocket::error::closed);
    write(*one.socket, R"({"id":1})");
    EXPECT_TRUE(received(first, 1));
}

TEST_F(LocalWebsocket, OriginsAreRefusedAsChromeDoes) {
    serve();
    EXPECT_EQ(open(first.browser(), "http://example.com").status, 403);
    EXPECT_EQ(open(first.browser(), "devtools://devtools").status, 101);
    EXPECT_EQ(open(first.browser(), "http://" + host()).status, 101);
}

TEST_F(LocalWebsocket, AnUnknownIdIsNotFound) {
    serve(true);
    EXPECT_EQ(open("/devtools/browser/00000000-0000-0000-0000-000000000000").status, 404);
    EXPECT_EQ(open("/devtools/browser").status, 404);
    EXPECT_TRUE(first.far.clients.empty());
}

TEST_F(LocalWebsocket, WhatTheFarSideRefusesIsAnHttpStatus) {
    serve();
    struct Case {
        ClientEnd why;
        int status;
        std::string body;
    };
    for (const auto& [why, status, body] :
         {Case{ClientEnd::no_target, 500, "No such target id: AB"}, Case{ClientEnd::refused, 403, "it was refused"},
          Case{ClientEnd::busy, 503, "it was refused"}, Case{ClientEnd::unreachable, 504, "it was refused"}}) {
        first.far.refusal = why;
        const auto refused = open("/" + first.secret + "/devtools/page/AB");
        EXPECT_EQ(refused.status, status);
        EXPECT_EQ(refused.body, body);
        EXPECT_TRUE(first.far.clients.empty());
    }
    EXPECT_EQ(told, std::vector<std::string>(4, "it was refused"));
    first.far.refusal.reset();
    EXPECT_EQ(open(first.browser()).status, 101);
}

TEST_F(LocalWebsocket, TheFarEndClosesTheSocketBehindWhatWaits) {
    serve();
    auto opened = open(first.browser());
    auto& listener = client(first).listener;
    listener.on_message(R"({"id":1})");
    listener.on_end(ClientEnd::browser_lost, "The browser of lab ended.");
    listener.on_message(R"({"id":2})");
    EXPECT_EQ(read(*opened.socket), R"({"id":1})");
    EXPECT_EQ(read_end(*opened.socket), websocket::error::closed);
    EXPECT_EQ(opened.socket->reason().code, websocket::close_code::going_away);
    EXPECT_EQ(opened.socket->reason().reason, "The browser of lab ended.");
    EXPECT_TRUE(until([&] { return first.local.clients() == 0; }));
    EXPECT_TRUE(first.far.clients.empty());
    EXPECT_EQ(told, std::vector<std::string>{"The browser of lab ended."});
    EXPECT_EQ(open(first.browser()).status, 101);
}

TEST_F(LocalWebsocket, OneThatLeftIsClosedWithoutAWord) {
    serve();
    auto opened = open(first.browser());
    client(first).listener.on_end(ClientEnd::left, "It left.");
    EXPECT_EQ(read_end(*opened.socket), websocket::error::closed);
    EXPECT_EQ(opened.socket->reason().code, websocket::close_code::normal);
    EXPECT_TRUE(told.empty());
}

TEST_F(LocalWebsocket, AnEndIsAnEndWhereTheClientAnswersNoCloseFrame) {
    serve();
    const auto opened = open(first.browser());
    client(first).listener.on_end(ClientEnd::agent_changed, "The agent has started anew.");
    EXPECT_TRUE(until([&] { return first.local.clients() == 0; }, 10s));
    EXPECT_TRUE(first.far.clients.empty());
}

TEST_F(LocalWebsocket, TheClientsEndEndsTheFarClient) {
    serve();
    auto polite = open(first.browser());
    run([&]() -> awaitable<void> { co_await polite.socket->async_close(websocket::close_code::normal, no_throw); });
    EXPECT_TRUE(until([&] { return first.far.clients.empty(); }));
    auto rude = open(first.browser());
    EXPECT_EQ(first.far.clients.size(), 1u);
    rude.socket->next_layer().close();
    EXPECT_TRUE(until([&] { return first.far.clients.empty(); }));
    EXPECT_EQ(first.local.clients(), 0u);
}

TEST_F(LocalWebsocket, OneThatDoesNotReadIsEndedAlone) {
    serve();
    const auto slow = open(first.browser());
    const auto quick = open(first.browser());
    ASSERT_EQ(first.far.clients.size(), 2u);
    const auto large = large_object(held_limit / 4);
    for (int i = 0; i < 4; ++i) client(first).listener.on_message(large);
    EXPECT_EQ(first.local.clients(), 2u) << "the limit itself is held";
    client(first).listener.on_message("{}");
    ASSERT_TRUE(until([&] { return first.far.clients.size() == 1; }));
    ASSERT_EQ(told.size(), 1u);
    EXPECT_NE(told.front().find("does not read"), std::string::npos);
    client(first).listener.on_message(R"({"id":1})");
    EXPECT_EQ(read(*quick.socket), R"({"id":1})");
}

TEST_F(LocalWebsocket, AnEndDoesNotWaitForOneThatDoesNotRead) {
    serve();
    const auto slow = open(first.browser());
    client(first).listener.on_message(large_object(held_limit / 4));
    client(first).listener.on_end(ClientEnd::browser_lost, "The far browser has ended.");
    EXPECT_TRUE(until([&] { return first.far.clients.empty() && first.local.clients() == 0; }, 10s));
}

TEST_F(LocalWebsocket, SilentConnectionsHoldNobodyUp) {
    serve();
    std::vector<std::unique_ptr<tcp::socket>> silent;
    for (int i = 0; i < 70; ++i) {  // more than there are places
        silent.push_back(std::make_unique<tcp::socket>(io));
        run([&]() -> awaitable<void> {
            const tcp::endpoint where(net::ip::address_v4::loopback(), port());
            co_await silent.back()->async_connect(where, no_throw);
        });
    }
    EXPECT_EQ(get(first.json()).result_int(), 200u);
    EXPECT_EQ(open(first.browser()).status, 101);
}

TEST_F(LocalWebsocket, PingsAreAnswered) {
    serve();
    const auto opened = open(first.browser());
    bool answered = false;
    opened.socket->control_callback([&](websocket::frame_type kind, boost::beast::string_view payload) {
        answered = kind == websocket::frame_type::pong && payload == "p";
    });
    run([&]() -> awaitable<void> { co_await opened.socket->async_ping("p", no_throw); });
    client(first).listener.on_message("{}");
    EXPECT_EQ(read(*opened.socket), "{}");
    if (!answered) {
        client(first).listener.on_message("{}");
        read(*opened.socket);
    }
    EXPECT_TRUE(answered);
}

TEST_F(LocalWebsocket, AStopEndsAClientThatIsNotOpenYet) {
    serve();
    first.far.silent = true;
    bool over = false;
    const auto waiting = [&]() -> awaitable<void> {
        Websocket socket(io);
        const tcp::endpoint where(net::ip::address_v4::loopback(), port());
        co_await socket.next_layer().async_connect(where, no_throw);
        const std::string name = host();
        const std::string path = first.browser();
        const auto [ec] = co_await socket.async_handshake(name, path, no_throw);
        EXPECT_TRUE(ec);
        over = true;
    };
    net::co_spawn(io, waiting, rethrow);
    ASSERT_TRUE(until([&] { return first.far.clients.size() == 1; }));
    stop();
    EXPECT_TRUE(until([&] { return over; }));
}

}  // namespace
}  // namespace bridge::test
