// What the tests of the bridge's local side share: a far browser by script, the real server, and clients of it on
// sockets.
#pragma once

#include <gtest/gtest.h>

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/bridge/local_server.hpp"
#include "platform/clock.hpp"
#include "tests/support/child.hpp"

namespace bridge::test {

using namespace std::chrono_literals;
using net::ip::tcp;
namespace http = boost::beast::http;
using Websocket = boost::beast::websocket::stream<tcp::socket>;
using HttpAnswer = http::response<http::string_body>;

/// Takes clients and answers calls as the test says.
class ScriptedBrowser final : public FarBrowser {
  public:
    struct Client final : FarClient {
        Client(ScriptedBrowser& browser, OpenWish what, ClientListener& hears)
            : far{browser}, wish{std::move(what)}, listener{hears} {}
        ~Client() override { std::erase(far.clients, this); }
        bool send(std::string_view message) override {
            if (far.echoes) {
                net::post(far.executor, [this, here = std::weak_ptr{alive}, text = std::string(message)] {
                    if (!here.expired()) listener.on_message(text);
                });
            }
            bytes += message.size();
            received.emplace_back(message.substr(0, 300));
            return true;
        }
        const std::string& name() const noexcept override { return called; }
        const std::string called = "c1";
        ScriptedBrowser& far;
        OpenWish wish;
        ClientListener& listener;
        std::vector<std::string> received;  // the first bytes of each message
        std::size_t bytes = 0;
        std::shared_ptr<bool> alive = std::make_shared<bool>();
    };

    explicit ScriptedBrowser(net::any_io_executor where) : executor{std::move(where)} {
        answers["Browser.getVersion"] = {true,
                                         R"({"protocolVersion":"1.3","product":"Chrome/156.0.1.2","revision":"@abc",)"
                                         R"("userAgent":"Mozilla/5.0 AppleWebKit/537.36","jsVersion":"15.6"})",
                                         {}};
        answers["Target.getTargets"] = {
            true, R"({"targetInfos":[{"targetId":"AB","type":"page","title":"t","url":"about:blank"}]})", {}};
    }

    std::unique_ptr<FarClient> open(const OpenWish& wish, ClientListener& listener) override {
        auto client = std::make_unique<Client>(*this, wish, listener);
        clients.push_back(client.get());
        net::post(executor, [this, here = std::weak_ptr{client->alive}, &listener] {
            if (here.expired() || silent) return;
            refusal ? listener.on_end(*refusal, "it was refused") : listener.on_open();
        });
        return client;
    }
    awaitable<Answer> call(Call call) override {
        calls.push_back(call.method + call.params);
        platform::Timer wait{executor, TimePoint::max()};
        while (held.contains(call.method)) {
            waiting = &wait;
            co_await wait.async_wait(no_throw);
        }
        co_return answers[call.method];
    }

    net::any_io_executor executor;
    std::map<std::string, Answer> answers;
    void let_go(const std::string& method) {
        held.erase(method);
        if (waiting != nullptr) std::exchange(waiting, nullptr)->cancel();
    }

    std::set<std::string> held;          // methods whose answers wait for let_go()
    platform::Timer* waiting = nullptr;  // of the last one that waits
    std::vector<std::string> calls;
    std::vector<Client*> clients;
    std::optional<ClientEnd> refusal;
    bool echoes = false;
    bool silent = false;  // clients are neither taken nor refused
};

/// Two devices behind one port. The system chooses the port.
class LocalSide : public ::testing::Test {
  protected:
    static constexpr std::size_t held_limit = std::size_t{256} << 20;
    static constexpr std::size_t held_back_limit = 10'000;
    static constexpr std::chrono::seconds end_limit{2};

    ~LocalSide() override {
        stop();
        EXPECT_TRUE(until([this] { return ended_; })) << "the server did not end";
    }
    /// `other`: in place of the first device.
    void serve(bool open_to_local_users = false, DevToolsEndpoint* other = nullptr) {
        auto made = platform::HttpServer::on_address(io.get_executor(), {net::ip::address_v4::loopback(), 0}, 64);
        ASSERT_TRUE(made);
        server_.emplace(std::move(*made));
        auto& rules = port_.rules;
        rules.devices = {{first.secret, "first"}, {second.secret, "second"}};
        rules.open_to_local_users = open_to_local_users;
        if (open_to_local_users) rules.devices.pop_back();
        port_.browsers = {other != nullptr ? other : &first.local, &second.local};
        handler_ = serve_port(port_);
        ended_ = false;
        const auto run = [this]() -> awaitable<void> {
            co_await server_->run(handler_);
            ended_ = true;
        };
        net::co_spawn(io, run, rethrow);
    }
    void stop() {
        first.local.stop();
        second.local.stop();
        if (server_) server_->stop();
    }
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = 20s) {
        return support::run_until(io, done, limit);
    }
    /// Runs a coroutine to its end.
    template <class Body>
    void run(Body body, std::chrono::milliseconds limit = 30s) {
        bool returned = false;
        const auto work = [&]() -> awaitable<void> {
            co_await body();
            returned = true;
        };
        net::co_spawn(io, work, rethrow);
        EXPECT_TRUE(until([&] { return returned; }, limit)) << "the test's coroutine did not end";
    }

    std::uint16_t port() const { return server_->port(); }
    std::string host() const { return "127.0.0.1:" + std::to_string(port()); }

    using Headers = std::vector<std::pair<std::string, std::string>>;
    HttpAnswer ask(http::verb method, const std::string& path, const Headers& headers = {}) {
        return ask_at(port(), method, path, headers);
    }
    HttpAnswer ask_at(std::uint16_t at, http::verb method, const std::string& path, const Headers& headers = {}) {
        HttpAnswer answer;
        run([&]() -> awaitable<void> {
            boost::beast::tcp_stream stream(io);
            const tcp::endpoint where(net::ip::address_v4::loopback(), at);
            co_await stream.async_connect(where, no_throw);
            http::request<http::string_body> request{method, path, 11};
            request.set(http::field::host, "127.0.0.1:" + std::to_string(at));
            for (const auto& [name, value] : headers) request.set(name, value);
            co_await http::async_write(stream, request, no_throw);
            boost::beast::flat_buffer buffer;
            http::response_parser<http::string_body> parser;
            parser.body_limit(std::size_t{16} << 20);
            const auto [ec, size] = co_await http::async_read(stream, buffer, parser, no_throw);
            EXPECT_FALSE(ec) << ec.message();
            answer = parser.release();
        });
        return answer;
    }
    HttpAnswer get(const std::string& path, const Headers& headers = {}) { return ask(http::verb::get, path, headers); }

    /// Opens a WebSocket; the status and body of the answer where that is not an upgrade.
    struct Opened {
        std::unique_ptr<Websocket> socket;
        int status = 0;
        std::string body = {};
    };
    Opened open(const std::string& path, const std::string& origin = "") {
        Opened opened{.socket = std::make_unique<Websocket>(io)};
        auto& socket = *opened.socket;
        run([&]() -> awaitable<void> {
            const tcp::endpoint where(net::ip::address_v4::loopback(), port());
            co_await socket.next_layer().async_connect(where, no_throw);
            socket.read_message_max(std::size_t{300} << 20);
            const auto add_origin = [origin](boost::beast::websocket::request_type& request) {
                if (!origin.empty()) request.set(http::field::origin, origin);
            };
            socket.set_option(boost::beast::websocket::stream_base::decorator(add_origin));
            boost::beast::websocket::response_type answer;
            const std::string name = host();
            co_await socket.async_handshake(answer, name, path, no_throw);
            opened.status = static_cast<int>(answer.result_int());
            opened.body = answer.body();
        });
        return opened;
    }
    void write(Websocket& socket, const std::string& text) {
        run([&]() -> awaitable<void> {
            const auto bytes = net::buffer(text);
            const auto [ec, size] = co_await socket.async_write(bytes, no_throw);
            EXPECT_FALSE(ec) << ec.message();
        });
    }
    std::string read(Websocket& socket) {
        std::string text;
        run([&]() -> awaitable<void> {
            boost::beast::flat_buffer buffer;
            const auto [ec, size] = co_await socket.async_read(buffer, no_throw);
            EXPECT_FALSE(ec) << ec.message();
            EXPECT_TRUE(socket.got_text());
            text = boost::beast::buffers_to_string(buffer.cdata());
        });
        return text;
    }
    /// Reads until the connection ends, and says how.
    Error read_end(Websocket& socket) {
        Error ended;
        run([&]() -> awaitable<void> {
            boost::beast::flat_buffer buffer;
            while (!ended) {
                buffer.clear();
                const auto [ec, size] = co_await socket.async_read(buffer, no_throw);
                ended = ec;
            }
        });
        return ended;
    }

    struct Device {
        explicit Device(net::io_context& io, std::string its_secret, std::vector<std::string>& told)
            : secret{std::move(its_secret)},
              far{io.get_executor()},
              local{io.get_executor(),
                    far,
                    {.secret = secret,
                     .label = "test",
                     .say = [&told](std::string_view text) { told.emplace_back(text); },
                     .clients = {.held_limit = held_limit,
                                 .held_back_limit = held_back_limit,
                                 .end_limit = end_limit,
                                 .disk = &disk,
                                 .show_transfer = [this](const auto& one) { transfers.push_back(one); }}}} {}
        std::vector<std::optional<Transfer>> transfers;
        platform::Worker disk{"files"};
        std::string secret;
        ScriptedBrowser far;
        DevToolsEndpoint local;
        std::string browser() const { return "/devtools/browser/" + secret; }
        std::string json() const { return "/" + secret + "/json"; }
    };

    net::io_context io{1};
    std::vector<std::string> told;
    Device first{io, "00112233-4455-6677-8899-aabbccddeeff", told};
    Device second{io, "ffeeddcc-bbaa-9988-7766-554433221100", told};

    LocalPort port_;

  private:
    platform::ServerHandler handler_;
    std::optional<platform::HttpServer> server_;
    bool ended_ = true;
};

}  // namespace bridge::test
