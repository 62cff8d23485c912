// The handles with which other tests make the backend misbehave, over real sockets.
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/hub/conformance/served_hub.hpp"
#include "tests/support/temp_folder.hpp"

namespace hub {
namespace {

using conformance::Arrival;
using conformance::Peer;

constexpr auto uuid = "6f1c0000-1111-4111-8111-111111111111";
const std::string topic = "realtime:device:6f1c0000-1111-4111-8111-111111111111";

class FaultsTest : public conformance::ServedHub {
  protected:
    void SetUp() override {
        ServedHub::SetUp();
        peer = std::make_unique<Peer>(io, hub.port());
        peer->send("GET /realtime/v1/websocket?vsn=2.0.0&apikey=" + hub.anon_key() +
                   " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
                   "13\r\nSec-WebSocket-Key: x\r\n\r\n");
        EXPECT_EQ(next().status, 101U);
        join(hub.device_token(uuid));
    }
    void TearDown() override {
        peer.reset();
        ServedHub::TearDown();
    }

    void pump() {
        io.restart();
        io.poll();
        peer->pump();
    }
    Arrival next() {
        constexpr int patience = 1'000'000;
        for (int i = 0; i < patience && peer->inbox().empty(); ++i) pump();
        if (peer->inbox().empty()) {
            ADD_FAILURE() << "nothing came";
            return {};
        }
        auto arrival = peer->inbox().front();
        peer->inbox().pop_front();
        return arrival;
    }
    bool silent() {
        constexpr int rounds = 2000;
        for (int i = 0; i < rounds; ++i) pump();
        return peer->inbox().empty();
    }
    void say(const std::string& text) { peer->send_frame(wire::Opcode::text, text); }
    void join(const std::string& token) {
        say(Json{"1",
                 "1",
                 topic,
                 "phx_join",
                 {{"config", {{"private", true}, {"broadcast", {{"ack", true}}}}}, {"access_token", token}}}
                .dump());
        EXPECT_NE(next().data.find("\"status\":\"ok\""), std::string::npos);
    }
    void admin(const std::string& what, const Json& body) {
        EXPECT_EQ(call("POST", "/admin/" + what, "", body.dump()).status, 200U);
    }

    std::unique_ptr<Peer> peer;
};

TEST_F(FaultsTest, DropEndsWithoutAWord) {
    admin("sockets", {{"action", "drop"}});
    EXPECT_EQ(next().kind, Arrival::Kind::end);
}

TEST_F(FaultsTest, SilenceIsAHalfOpenLink) {
    admin("sockets", {{"action", "silence"}});
    say(R"([null,"2","phoenix","heartbeat",{}])");
    EXPECT_TRUE(silent());
}

TEST_F(FaultsTest, CloseCarriesTheCode) {
    admin("sockets", {{"action", "close"}, {"code", 1001}});
    EXPECT_EQ(next().code, 1001);
    EXPECT_EQ(next().kind, Arrival::Kind::end);
}

TEST_F(FaultsTest, CrashEndsTheChannelAndTheSocketStays) {
    admin("sockets", {{"action", "crash"}, {"topic", std::string{"device:"} + uuid}});
    EXPECT_EQ(Json::parse(next().data)[3], "phx_error");
    say(R"([null,"2","phoenix","heartbeat",{}])");
    EXPECT_EQ(Json::parse(next().data)[1], "2");
}

TEST_F(FaultsTest, TheClockMakesTokensExpireAndSocketsIdleOut) {
    join(hub.device_token(uuid, seconds{30}));
    EXPECT_EQ(Json::parse(next().data)[3], "phx_close") << "of the first join";
    admin("clock", {{"advance_ms", 31'000}});
    EXPECT_EQ(Json::parse(next().data)[4]["message"], "Token has expired 1 seconds ago");
    EXPECT_EQ(Json::parse(next().data)[3], "phx_close");
    for (int tick = 0; tick < 11; ++tick) {
        admin("clock", {{"advance_ms", 6000}});
        pump();
    }
    EXPECT_EQ(next().code, 1000);
}

TEST_F(FaultsTest, AStoredMessageIsBroadcastWithItsIdAndReplayed) {
    admin("database", {{"topic", std::string{"device:"} + uuid}, {"event", "unpair"}, {"payload", Json::object()}});
    const auto live = next();
    EXPECT_EQ(live.kind, Arrival::Kind::binary);
    EXPECT_EQ(live.data[0], 4);
    say(Json{"5",
             "5",
             topic,
             "phx_join",
             {{"config", {{"private", true}, {"broadcast", {{"replay", {{"since", 0}}}}}}},
              {"access_token", hub.device_token(uuid)}}}
            .dump());
    EXPECT_EQ(Json::parse(next().data)[3], "phx_reply");
    EXPECT_EQ(Json::parse(next().data)[3], "phx_close");
    const auto replayed = Json::parse(next().data);
    EXPECT_EQ(replayed[4]["event"], "unpair");
    EXPECT_EQ(replayed[4]["meta"]["replayed"], true);
}

TEST_F(FaultsTest, AdminBroadcastReachesTheRoomAsTextAndAsBinary) {
    admin("broadcast", {{"topic", std::string{"device:"} + uuid}, {"event", "x"}, {"payload", {{"n", 1}}}});
    EXPECT_EQ(Json::parse(next().data)[4]["payload"]["n"], 1);
    admin("broadcast",
          {{"topic", std::string{"device:"} + uuid}, {"event", "x"}, {"raw", "not json"}, {"binary", true}});
    const auto binary = next();
    EXPECT_EQ(binary.kind, Arrival::Kind::binary);
    EXPECT_NE(binary.data.find("not json"), std::string::npos);
}

TEST_F(FaultsTest, ASlowReceiverIsCutOff) {
    auto limits = hub.tenant().limits();
    limits.queue_bytes = 1'000'000;
    limits.events_per_second = 0;
    hub.tenant().set_limits(limits);
    Peer idle{io, hub.port()};  // a second receiver that never reads
    idle.send("GET /realtime/v1/websocket?vsn=2.0.0&apikey=" + hub.anon_key() +
              " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
              "13\r\nSec-WebSocket-Key: x\r\n\r\n");
    idle.send_frame(
        wire::Opcode::text,
        Json{"1", "1", topic, "phx_join", {{"config", {{"private", true}}}, {"access_token", hub.device_token(uuid)}}}
            .dump());
    idle.pump();
    while (hub.tenant().users() < 2) pump();
    const auto before = hub.tenant().sockets().size();
    const std::string payload(1'000'000, 'x');
    for (int i = 0; i < 20 && hub.tenant().sockets().size() == before; ++i) {
        say(Json{"1",
                 std::to_string(i + 10),
                 topic,
                 "broadcast",
                 {{"type", "broadcast"}, {"event", "x"}, {"payload", payload}}}
                .dump());
        EXPECT_NE(next().data.find("\"ok\""), std::string::npos);
    }
    while (hub.tenant().sockets().size() == before) pump();
    EXPECT_EQ(hub.tenant().users(), 1U);
}

TEST_F(FaultsTest, LaterServersSayWhyAPushWasRefused) {
    auto limits = hub.tenant().limits();
    limits.payload_kb = 1;
    hub.tenant().set_limits(limits);
    const auto large = Json{"1", "7", topic, "broadcast", {{"payload", std::string(2000, 'x')}}}.dump();
    say(large);
    EXPECT_EQ(Json::parse(next().data)[4]["response"], "payload_size_exceeded");
    admin("limits", {{"later_server", true}});
    say(large);
    EXPECT_EQ(Json::parse(next().data)[4]["response"]["error"], "payload_size_exceeded");
    say(Json{
        "9",
        "9",
        "realtime:readonly:x",
        "phx_join",
        {{"config", {{"private", true}, {"broadcast", {{"ack", true}}}}}, {"access_token", hub.device_token(uuid)}}}
            .dump());
    EXPECT_EQ(Json::parse(next().data)[4]["status"], "ok");
    say(R"(["9","10","realtime:readonly:x","broadcast",{"event":"x"}])");
    EXPECT_EQ(Json::parse(next().data)[4]["response"]["error"], "unauthorized");
}

TEST_F(FaultsTest, StrictServersDropAStaleJoinRef) {
    admin("limits", {{"strict_join_ref", true}});
    say(Json{"0", "7", topic, "broadcast", {{"event", "x"}}}.dump());
    say(Json{"1", "8", topic, "broadcast", {{"event", "x"}}}.dump());
    EXPECT_EQ(Json::parse(next().data)[1], "8");
}

/// A throw-away certificate for 127.0.0.1, made by the openssl command.
class Certificate {
  public:
    Certificate() {
        const auto command = fmt::format(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout {} -out {} -days 1 "
            "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2>/dev/null",
            key(), chain());
        EXPECT_EQ(std::system(command.c_str()), 0);
    }
    std::string chain() const { return folder_ / "chain.pem"; }
    std::string key() const { return folder_ / "key.pem"; }

  private:
    tests::TempFolder folder_;
};

TEST(TlsTest, SpeaksTlsAndRefusesToStartWithoutItsKey) {
    const Certificate certificate;
    net::io_context io{1};
    Settings settings;
    settings.tls_cert = certificate.chain();
    settings.tls_key = "/nonexistent/key.pem";
    EXPECT_TRUE((Hub{io, settings}.start()));
    settings.tls_key = certificate.key();
    Hub hub{io, settings};
    ASSERT_FALSE(hub.start());
    net::ssl::context context{net::ssl::context::tls_client};
    context.load_verify_file(certificate.chain());
    context.set_verify_mode(net::ssl::verify_peer);
    net::ssl::stream<net::ip::tcp::socket> stream{io, context};
    std::string answer;
    auto client = [&]() -> awaitable<void> {
        const net::ip::tcp::endpoint there{net::ip::address_v4::loopback(), hub.port()};
        co_await stream.next_layer().async_connect(there, no_throw);
        const auto [failed] = co_await stream.async_handshake(net::ssl::stream_base::client, no_throw);
        EXPECT_FALSE(failed) << failed.message();
        const std::string request = "GET /admin/limits HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        co_await net::async_write(stream, net::buffer(request), no_throw);
        std::array<char, 4096> buffer{};
        for (;;) {
            const auto [ec, size] = co_await stream.async_read_some(net::buffer(buffer), no_throw);
            answer.append(buffer.data(), size);
            if (ec) break;
        }
        hub.stop();
    };
    net::co_spawn(io, client, rethrow);
    io.run_for(std::chrono::seconds{20});
    EXPECT_EQ(answer.substr(0, 15), "HTTP/1.1 200 OK");
    EXPECT_EQ(hub.base().substr(0, 8), "https://");
}

/// The program itself: its line, its file, its end.
TEST(ProgramTest, WritesItsAddressAndEndsOnSigterm) {
    const tests::TempFolder folder;
    const auto file = folder / "ready.json";
    const auto program = std::string{BMC_BUILD_DIR} + "/hub";
    FILE* output = ::popen(("exec " + program + " --port 0 --ready-file " + file.string()).c_str(), "r");
    ASSERT_NE(output, nullptr);
    std::array<char, 4096> text{};
    ASSERT_NE(std::fgets(text.data(), text.size(), output), nullptr) << "it ended without a line";
    const auto line = Json::parse(text.data(), nullptr, false);
    ASSERT_TRUE(line.is_object()) << text.data();
    EXPECT_EQ(line["url"], "http://127.0.0.1:" + std::to_string(line["port"].get<int>()));
    EXPECT_EQ(::kill(line["pid"].get<pid_t>(), SIGTERM), 0);
    EXPECT_EQ(::pclose(output), 0);
    std::ifstream in{file};
    EXPECT_EQ(Json::parse(in, nullptr, false), line);
}

TEST(ProgramTest, MintsOrSaysWhatItTakes) {
    const auto program = std::string{BMC_BUILD_DIR} + "/hub --mint ";
    EXPECT_NE(std::system((program + "device >/dev/null 2>&1").c_str()), 0) << "a device token needs a uuid";
    EXPECT_EQ(std::system((program + "device " + uuid + " >/dev/null").c_str()), 0);
}

}  // namespace
}  // namespace hub
