// DevTools endpoints that are no Chrome's: other HTTP habits, commands that are not there, and several addresses of
// which one alone is theirs. Scripted servers on the test's own loop.
#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "cdp/discover.hpp"
#include "cdp/error.hpp"
#include "driver.hpp"

namespace cdp {
namespace {

using namespace test;
using nlohmann::json;
using tcp = net::ip::tcp;
namespace beast = boost::beast;

constexpr const char* its_version = R"({"webSocketDebuggerUrl":"ws://127.0.0.1:1/"})";

std::string whole(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

std::string in_chunks(std::string_view body) {
    std::string text = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    for (const char c : body) text.append("1;x=y\r\n").append(1, c).append("\r\n");
    return text + "0\r\nTrailer: x\r\n\r\n";
}

/// Answers GET with a text of the test's, and websockets as a small browser does that lacks some commands.
class OtherServer {
  public:
    OtherServer(net::io_context& context, tcp::endpoint at) : context_{context}, acceptor_{context} {
        acceptor_.open(at.protocol());
        if (at.address().is_v6()) acceptor_.set_option(net::ip::v6_only{true});
        acceptor_.bind(at);
        acceptor_.listen();
        net::co_spawn(context_, accept(), net::detached);
    }
    explicit OtherServer(net::io_context& context)
        : OtherServer{context, tcp::endpoint{net::ip::address_v4::loopback(), 0}} {}

    tcp::endpoint where() const { return acceptor_.local_endpoint(); }
    std::string port() const { return std::to_string(where().port()); }

    std::string version = whole(its_version);
    bool closes = false;            // the connection, behind that
    std::set<std::string> missing;  // methods
    bool knows_filters = true;
    std::vector<std::string> heard;  // methods

  private:
    awaitable<void> accept() {
        for (;;) {
            auto [ec, socket] = co_await acceptor_.async_accept(no_throw);
            if (ec) co_return;
            net::co_spawn(context_, serve(std::move(socket)), net::detached);
        }
    }
    awaitable<void> serve(tcp::socket socket) {
        beast::flat_buffer buffer;
        beast::http::request<beast::http::empty_body> request;
        auto [bad, got] = co_await beast::http::async_read(socket, buffer, request, no_throw);
        if (bad) co_return;
        if (beast::websocket::is_upgrade(request)) co_return co_await speak(std::move(socket), std::move(request));
        co_await net::async_write(socket, net::buffer(version), no_throw);
        if (closes) co_return;
        co_await socket.async_wait(tcp::socket::wait_error, no_throw);
    }
    awaitable<void> speak(tcp::socket socket, beast::http::request<beast::http::empty_body> request) {
        beast::websocket::stream<tcp::socket> stream{std::move(socket)};
        auto [refused] = co_await stream.async_accept(request, no_throw);
        if (refused) co_return;
        for (;;) {
            beast::flat_buffer buffer;
            auto [ended, size] = co_await stream.async_read(buffer, no_throw);
            if (ended) co_return;
            const auto bytes = buffer.data();
            const json command = json::parse(std::string_view{static_cast<const char*>(bytes.data()), bytes.size()});
            for (const json& message : answers(command)) {
                const std::string text = message.dump();
                co_await stream.async_write(net::buffer(text), no_throw);
            }
        }
    }
    std::vector<json> answers(const json& command) {
        const std::string method = command["method"];
        heard.push_back(method);
        json reply = {{"id", command["id"]}};
        if (command.contains("sessionId")) reply["sessionId"] = command["sessionId"];
        const bool filtered = command.value("params", json::object()).contains("filter");
        if (missing.contains(method) || (filtered && !knows_filters)) {
            reply["error"] = {{"code", -31998}, {"message", "UnknownMethod"}};
            return {reply};
        }
        reply["result"] = json::object();
        if (method == "Browser.getVersion") reply["result"] = {{"product", "Other/1"}};
        if (method == "Target.attachToBrowserTarget") reply["result"] = {{"sessionId", "OWN"}};
        const json page = {{"targetId", "P"}, {"type", "page"}, {"url", "about:blank"}, {"title", ""}};
        if (method == "Target.getTargets") reply["result"] = {{"targetInfos", {page}}};
        if (method == "Runtime.evaluate") reply["result"] = {{"by", command.value("sessionId", "nobody")}};
        if (method != "Target.attachToTarget") return {reply};
        reply["result"] = {{"sessionId", "S"}};
        json event = {{"method", "Target.attachedToTarget"}, {"params", {{"sessionId", "S"}, {"targetInfo", page}}}};
        return {event, reply};
    }

    net::io_context& context_;
    tcp::acceptor acceptor_;
};

struct OtherServers : testing::Test {
    OtherServers() {
        driver.settings.mode = BrowserMode::attach;
        driver.settings.unavailable_grace = 1ms;
        driver.settings.backoff_first = driver.settings.backoff_cap = 1h;
        driver.refused.emplace("file:");
        driver.settings.guard_places = true;
    }
    /// What a command to the default page comes to.
    Got told(const std::string& url) {
        driver.settings.browser_url = url;
        Got got;
        driver.run([&]() -> awaitable<void> {
            const auto sent = driver.to_page("Runtime.evaluate", R"({"expression":"1"})");
            got = co_await driver.answer(sent);
        });
        return got;
    }
    template <class Result>
    Result run(awaitable<Result> what) {
        std::optional<Result> out;
        const auto store = [&out](std::exception_ptr error, Result result) {
            rethrow(error);
            out.emplace(std::move(result));
        };
        net::co_spawn(driver.context, std::move(what), store);
        driver.context.restart();
        const auto end = std::chrono::steady_clock::now() + 5s;
        while (!out && std::chrono::steady_clock::now() < end) driver.context.run_one_until(end);
        EXPECT_TRUE(out) << "no end in time";
        return out.value_or(Result{Error{}});
    }

    Driver driver;
    OtherServer server{driver.context};
};

void expect_served(const Got& got) {
    EXPECT_EQ(got.fate, Fate::result) << got.text;
    EXPECT_EQ(got.text, R"({"by":"S"})");
}

TEST_F(OtherServers, may_answer_in_chunks_or_until_they_close) {
    server.version = in_chunks(its_version);
    expect_served(told("http://127.0.0.1:" + server.port()));
    server.version = "HTTP/1.0 200 OK\r\n\r\n" + std::string{its_version};
    server.closes = true;
    const auto body = run(fetch_version(server.where()));
    ASSERT_TRUE(body) << body.error().message();
    EXPECT_EQ(*body, its_version);
}

TEST_F(OtherServers, whose_answer_has_no_end_are_none) {
    constexpr std::size_t most = 64 * 1024;
    for (const std::size_t size : {most, most + 1}) {
        for (const bool chunked : {false, true}) {
            const std::string body(size, 'x');
            server.version = chunked ? in_chunks(body) : whole(body);
            const auto got = run(fetch_version(server.where()));
            EXPECT_EQ(got.has_value(), size == most);
            EXPECT_TRUE(got || got.error() == Errc::not_devtools);
        }
    }
}

TEST_F(OtherServers, are_used_without_the_commands_that_they_lack) {
    server.missing = {"Target.attachToBrowserTarget", "Fetch.enable"};
    server.knows_filters = false;
    expect_served(told("ws://127.0.0.1:" + server.port()));
    EXPECT_EQ(driver.browser, nullptr);
}

TEST_F(OtherServers, each_command_of_the_first_exchange_may_be_missing) {
    for (const char* method : {"Browser.getVersion", "Target.attachToBrowserTarget", "Target.setDiscoverTargets"}) {
        server.missing = {method};
        expect_served(told("http://127.0.0.1:" + server.port()));
    }
}

TEST_F(OtherServers, that_lack_all_of_them_are_named_with_what_they_answered) {
    server.missing = {"Browser.getVersion", "Target.attachToBrowserTarget", "Target.setDiscoverTargets"};
    const Got got = told("http://127.0.0.1:" + server.port());
    EXPECT_EQ(got.fate, Fate::unavailable);
    for (const std::string& method : server.missing)
        EXPECT_NE(got.text.find(method + " was answered with {"), std::string::npos) << got.text;
    EXPECT_NE(got.text.find("UnknownMethod"), std::string::npos) << got.text;
}

TEST_F(OtherServers, without_pages_are_told_by_the_command_that_failed) {
    server.missing = {"Target.getTargets"};
    const Got got = told("http://127.0.0.1:" + server.port());
    EXPECT_EQ(got.fate, Fate::unavailable);
    EXPECT_NE(got.text.find("Target.getTargets was answered with {"), std::string::npos) << got.text;
}

TEST_F(OtherServers, that_answer_websockets_alone_are_connected_to_as_given) {
    server.version = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    expect_served(told("ws://127.0.0.1:" + server.port() + "/"));
}

TEST_F(OtherServers, are_found_at_whichever_address_of_their_name) {
    const tcp::endpoint v4{net::ip::address_v4::loopback(), 0};
    const tcp::endpoint v6{net::ip::address_v6::loopback(), 0};
    Error no_v6;
    tcp::acceptor{driver.context, tcp::v6()}.bind(v6, no_v6);
    for (const auto& at : {v4, no_v6 ? v4 : v6}) {
        OtherServer here{driver.context, at};
        expect_served(told("http://localhost:" + here.port()));
    }
}

TEST_F(OtherServers, are_found_beside_whatever_else_holds_their_port) {
    tcp::acceptor closed{driver.context, {net::ip::address_v4::loopback(), 0}};
    const tcp::endpoint nobody = closed.local_endpoint();
    closed.close();
    tcp::acceptor keeps_silent{driver.context, {net::ip::address_v4::loopback(), 0}};
    OtherServer ssh{driver.context};
    ssh.version = "SSH-2.0-OpenSSH_9.2\r\n";
    for (const auto& first : {nobody, keeps_silent.local_endpoint(), ssh.where()}) {
        const auto found = run(discover_at({first, server.where()}, {}, 200ms));
        ASSERT_TRUE(found) << found.error().message();
        EXPECT_EQ(found->address, server.where());
        EXPECT_EQ(found->path, "/");
    }
    const auto none = run(discover_at({nobody, ssh.where(), nobody}, {}, 200ms));
    EXPECT_EQ(none.error(), Errc::not_devtools) << "the one that answered says most";
    const auto given = run(discover_at({nobody, ssh.where()}, "/here", 200ms));
    ASSERT_TRUE(given) << given.error().message();
    EXPECT_EQ(given->address, ssh.where());
    EXPECT_EQ(given->path, "/here");
}

}  // namespace
}  // namespace cdp
