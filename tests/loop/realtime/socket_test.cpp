// The socket and the writer of one connection, against a scripted server.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "agent/realtime/socket.hpp"
#include "agent/realtime/writer.hpp"
#include "tests/loop/realtime/scripted_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using namespace net::experimental::awaitable_operators;
using realtime::End;
using realtime::Frame;
using realtime::Signal;
using scripted::Peer;
using scripted::Said;

class FramesHeard final : public realtime::FrameSink {
  public:
    void on_message() override { ++messages; }
    void on_frame(const Frame& frame) override { topics.emplace_back(frame.topic); }
    void on_read() override { ++reads; }

    int messages = 0;
    int reads = 0;
    std::vector<std::string> topics;
};

class NothingMore final : public realtime::WriteSource {
  public:
    TimePoint fill(TimePoint) override {
        ++asked;
        return TimePoint::max();
    }
    int asked = 0;
};

class SocketPart : public scripted::Fixture {
  protected:
    void SetUp() override {
        settings = cloud::quick_settings(server.url());
        credentials::Credential credential;
        credential.device_uuid = cloud::device_uuid;
        credential.access_token = platform::Secret{std::string_view{"token"}};
        tokens.adopt(std::move(credential));
    }

    /// Opens the socket and serves it until its end.
    void start() {
        socket.emplace(io.get_executor(), realtime::Socket::Needs{worker, settings, tokens, counters}, sink, ending);
        writer.emplace(io.get_executor(), socket->websocket(), settings.vsn, source, ending);
        const auto run = [this]() -> awaitable<void> {
            failed = co_await socket->open(2s);
            opened = !failed;
            if (opened) co_await (socket->run() || writer->run() || ending.run());
            socket->websocket().drop();
            over = true;
        };
        net::co_spawn(io, run, rethrow);
    }

    realtime::Settings settings;
    credentials::Tokens tokens{io.get_executor()};
    platform::Worker worker{"test-net"};
    realtime::Counters counters;
    FramesHeard sink;
    NothingMore source;
    realtime::ConnectionEnd ending{io.get_executor()};
    std::optional<realtime::Socket> socket;
    std::optional<realtime::Writer> writer;
    std::optional<End> failed;
    bool opened = false;
    bool over = false;
};

TEST_F(SocketPart, HandsOutFramesAndCountsWhatItCannotRead) {
    server.then([](Peer& peer) -> awaitable<void> {
        co_await peer.text(R"([null,null,"realtime:a","presence_state",{}])");
        co_await peer.text("not json");
        co_await peer.text(R"([null,null,"realtime:b","presence_state",{}])");
        co_await peer.close(1012);
    });
    start();
    ASSERT_TRUE(until([&] { return over; }));
    EXPECT_EQ(sink.topics, (std::vector<std::string>{"realtime:a", "realtime:b"}));
    EXPECT_EQ(sink.messages, 3);
    EXPECT_GE(sink.reads, 1);
    EXPECT_EQ(counters.frames_in, 3u);
    EXPECT_EQ(counters.frames_unreadable, 1u);
    EXPECT_EQ(counters.connections, 1u);
    EXPECT_EQ(ending.end().kind, Signal::Kind::socket);
    EXPECT_EQ(ending.end().number, 1012);
}

TEST_F(SocketPart, ARefusedUpgradeNamesTheTokenThatWasUsed) {
    server.then_refuse(403, "no");
    start();
    ASSERT_TRUE(until([&] { return over; }));
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->kind, Signal::Kind::upgrade);
    EXPECT_EQ(failed->number, 403);
    EXPECT_EQ(failed->used, tokens.generation());
    EXPECT_FALSE(failed->offline);
}

TEST_F(SocketPart, APortThatRefusesWasReached) {
    settings.url = "http://127.0.0.1:1/socket";
    start();
    ASSERT_TRUE(until([&] { return over; }));
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->kind, Signal::Kind::connect);
    EXPECT_FALSE(failed->offline);
}

TEST_F(SocketPart, AServerThatSaysNothingIsOffline) {
    // Connections are taken by the system and served by nobody.
    net::ip::tcp::acceptor mute{io, {net::ip::address_v4::loopback(), 0}};
    settings.url = fmt::format("http://127.0.0.1:{}/socket", mute.local_endpoint().port());
    settings.upgrade_timeout = 30ms;
    start();
    ASSERT_TRUE(until([&] { return over; }));
    ASSERT_TRUE(failed);
    EXPECT_TRUE(failed->offline);
}

TEST_F(SocketPart, NumbersPushesAndClosesBehindThem) {
    std::vector<Said> heard;
    server.then([&](Peer& peer) -> awaitable<void> {
        for (;;) {
            Said said = co_await peer.next();
            heard.push_back(said);
            if (said.over) co_return;
        }
    });
    start();
    ASSERT_TRUE(until([&] { return source.asked > 0; }));
    EXPECT_EQ(writer->push_join("realtime:a", "{}"), 1u);
    EXPECT_EQ(writer->push(1, "realtime:a", "presence", R"({"x":1})"), 2u);
    EXPECT_EQ(writer->broadcast(1, "realtime:a", {.event = "cdp-result", .payload = R"({"id":1})"}), 3u);
    writer->close();
    ASSERT_TRUE(until([&] { return over && server.idle(); }));
    ASSERT_EQ(heard.size(), 4u);
    EXPECT_EQ(heard[0].event, "phx_join");
    EXPECT_EQ(heard[0].join_ref, "1");
    EXPECT_EQ(heard[1].payload, R"({"x":1})");
    EXPECT_TRUE(heard[2].binary);
    EXPECT_EQ(heard[2].ref, "3");
    EXPECT_EQ(heard[3].close_code, 1000);
    EXPECT_EQ(ending.end().cause, End::Cause::stopped);
}

}  // namespace
