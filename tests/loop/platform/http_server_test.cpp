// The small HTTP server against plain sockets: what it reads, what it bounds, whom it lets wait.
#include "platform/http/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <stdexcept>
#include <thread>

#include "platform/unique_fd.hpp"
#include "tests/loop/platform/peer.hpp"
#include "tests/support/plain_client.hpp"
#include "tests/support/temp_folder.hpp"

namespace platform {
namespace {

using namespace std::chrono_literals;
using support::PlainClient;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// A server on a separate thread that answers with what it was asked.
struct HttpServerLoop : ::testing::Test {
    ~HttpServerLoop() override { EXPECT_TRUE(stop()); }

    void serve(std::size_t connections = server_connections) {
        auto made = HttpServer::on_address(io.get_executor(),
                                           net::ip::tcp::endpoint{net::ip::address_v4::loopback(), 0}, connections);
        ASSERT_TRUE(made.has_value());
        start(std::move(*made));
    }
    void start(HttpServer made) {
        server.emplace(std::move(made));
        port = server->port();
        handler = [this](ServerRequest request) -> awaitable<ServerReply> {
            ServerReply reply;
            if (request.path == "/hold") co_await held.async_wait(no_throw);
            if (request.path == "/throw") throw std::runtime_error("broken");
            reply.body = describe(request) + "\n.\n";
            co_return reply;
        };
        const auto run = [this]() -> awaitable<void> {
            try {
                co_await server->run(handler);
            } catch (const std::runtime_error& error) {
                thrown = error.what();
            }
            over.set();
        };
        net::co_spawn(io, run, rethrow);
        thread = std::thread{[this] { io.run(); }};
    }
    static std::string describe(const ServerRequest& request) {
        const auto peer = request.peer ? std::to_string(request.peer->uid) : "none";
        return request.method + " " + request.path + " ?" + request.query + " host=" + request.host +
               " cookie=" + request.cookie + " purpose=" + request.purpose + " mode=" + request.fetch_mode + "/" +
               request.fetch_dest + " origin=" + request.origin.value_or("-") + " auth=" + request.authorization +
               " upgrade=" + (request.upgrade ? "1" : "0") + " peer=" + peer + " body=" + request.body;
    }
    bool stop() {
        if (!thread.joinable()) return true;
        net::post(io, [this] {
            server->stop();
            held.cancel();
        });
        const bool ended = over.wait();
        thread.join();
        return ended;
    }
    PlainClient client() { return PlainClient{port}; }

    net::io_context io;
    Timer held{io, TimePoint::max()};
    std::optional<HttpServer> server;
    std::uint16_t port = 0;  // the server is the thread's
    ServerHandler handler;
    std::string thrown;  // by run()
    tests::Signal over;
    std::thread thread;
};

TEST_F(HttpServerLoop, ReadsWhatARequestSays) {
    serve();
    auto one = client();
    const auto answer = one.ask(
        "POST /a%20b?x=1&y=2 HTTP/1.1\r\nHost: 127.0.0.1:1\r\nCookie: a=1; b=2\r\nPurpose: prefetch\r\n"
        "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nOrigin: https://a.example\r\n"
        "Authorization: Bearer t\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nCache-Control: no-store\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\nPOST /a%20b ?x=1&y=2 host=127.0.0.1:1 cookie=a=1; b=2 purpose=prefetch "
                                 "mode=navigate/document origin=https://a.example auth=Bearer t upgrade=0 peer=none "
                                 "body=hello\n.\n"));
}

TEST_F(HttpServerLoop, OneConnectionHasManyRequestsHoweverTheyAreCut) {
    serve();
    auto one = client();
    EXPECT_THAT(one.ask("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HT"), HasSubstr("GET /1 ?"));
    EXPECT_THAT(one.ask("TP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("GET /2 ?"));
    one.write("GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(one.read_all(), HasSubstr("GET /3 ?"));
    auto old = client();
    old.write("GET /4 HTTP/1.0\r\n\r\n");
    EXPECT_THAT(old.read_all(), HasSubstr("GET /4 ?")) << "HTTP 1.0 closes by itself";
}

TEST_F(HttpServerLoop, AHeadHasTheLengthAndNoBody) {
    serve();
    auto one = client();
    one.write("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto answer = one.read_until("\r\n\r\n");
    EXPECT_THAT(answer, HasSubstr("Content-Length: "));
    EXPECT_THAT(answer, Not(HasSubstr("Content-Length: 0\r\n")));
    EXPECT_THAT(one.ask("GET /next HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 200 OK"))
        << "nothing stood between";
}

TEST_F(HttpServerLoop, HeadersAndBodiesAreBounded) {
    serve();
    auto most = client();
    most.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(server_body_bytes) + "\r\n\r\n");
    EXPECT_THAT(most.ask(std::string(server_body_bytes, 'b')), EndsWith("bbb\n.\n"));
    auto more = client();
    more.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(server_body_bytes + 1) + "\r\n\r\n");
    EXPECT_EQ(more.read_all(), "");
    auto chunks = client();
    chunks.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n50000\r\n");
    chunks.write(std::string(0x50000, 'c'));
    EXPECT_EQ(chunks.read_all(), "");
    auto header = client();
    header.write("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(server_header_bytes, 'h') + "\r\n\r\n");
    EXPECT_EQ(header.read_all(), "");
    auto broken = client();
    broken.write("no request at all\r\n\r\n");
    EXPECT_EQ(broken.read_all(), "");
    EXPECT_THAT(client().ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("200 OK")) << "others are served";
}

TEST_F(HttpServerLoop, AConnectionThatSendsNothingHoldsUpNobody) {
    serve();
    auto silent = client(), half = client();
    half.write("GET / HT");
    EXPECT_THAT(client().ask("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("GET /1 ?"));
    EXPECT_THAT(half.ask("TP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("GET / ?"));
}

TEST_F(HttpServerLoop, BeyondItsPlacesTheOldestThatWaitsGoes) {
    serve(2);
    auto oldest = client(), second = client();
    EXPECT_THAT(oldest.ask("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("GET /1 ?"));
    EXPECT_THAT(second.ask("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("GET /2 ?"));
    auto third = client();
    EXPECT_THAT(third.ask("GET /3 HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("GET /3 ?"));
    EXPECT_EQ(oldest.read_all(), "");
    EXPECT_THAT(second.ask("GET /4 HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("GET /4 ?"));
}

TEST_F(HttpServerLoop, WhatAHandlerThrowsEndsAllConnectionsFirst) {
    serve();
    auto idle = client(), asks = client();
    EXPECT_THAT(idle.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("200 OK"));
    asks.write("GET /throw HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(asks.read_all(), "");
    EXPECT_EQ(idle.read_all(), "");
    EXPECT_TRUE(over.wait());
    EXPECT_EQ(thrown, "broken");
}

TEST_F(HttpServerLoop, AStopEndsThoseThatWaitAndLetsAnAnswerOut) {
    serve();
    auto idle = client(), working = client();
    EXPECT_THAT(idle.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("200 OK"));
    working.write("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
    // Another request behind it shows that the server has read it.
    EXPECT_THAT(client().ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("200 OK"));
    EXPECT_TRUE(stop());
    EXPECT_EQ(idle.read_all(), "");
    EXPECT_THAT(working.read_all(), HasSubstr("GET /hold ?"));
}

struct UnixServerLoop : HttpServerLoop {
    void serve_at(const std::filesystem::path& path, unsigned mode) {
        auto made = HttpServer::on_unix(io.get_executor(), path, mode);
        ASSERT_TRUE(made.has_value()) << made.error().message();
        start(std::move(*made));
    }
    static Result<UnixResponse> get(const std::filesystem::path& path) {
        UnixRequest request;
        request.socket = path;
        return fetch(std::move(request));
    }
    /// On another loop than the server's.
    static Result<UnixResponse> fetch(UnixRequest request) {
        net::io_context mine;
        return tests::run(mine, fetch_unix(std::move(request)));
    }
    tests::TempFolder folder;
};

TEST_F(UnixServerLoop, KnowsWhoAsksAndGoesWithItsFile) {
    const auto path = folder / "s";
    serve_at(path, 0600);
    struct stat about {};
    ASSERT_EQ(::stat(path.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0600U);
    const auto answer = fetch({path, "POST", "/x?a=1", "b", 10s});
    ASSERT_TRUE(answer.has_value()) << answer.error().message();
    EXPECT_EQ(answer->status, 200);
    EXPECT_THAT(answer->body, HasSubstr("POST /x ?a=1"));
    EXPECT_THAT(answer->body, HasSubstr("peer=" + std::to_string(::geteuid()) + " body=b\n"));
    EXPECT_TRUE(stop());
    server.reset();
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_EQ(get(path).error(), boost::system::errc::no_such_file_or_directory);
}

TEST_F(UnixServerLoop, ReplacesASocketThatWasLeftOver) {
    const auto path = folder / "s";
    {
        const UniqueFd left{::socket(AF_UNIX, SOCK_STREAM, 0)};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.string().copy(address.sun_path, sizeof address.sun_path - 1);
        ASSERT_EQ(::bind(left.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    EXPECT_EQ(get(path).error(), boost::system::errc::connection_refused);
    serve_at(path, 0660);
    EXPECT_EQ(get(path)->status, 200);
}

TEST_F(UnixServerLoop, APathThatCannotBeASocketIsAnError) {
    EXPECT_EQ(HttpServer::on_unix(io.get_executor(), folder / std::string(120, 'x'), 0600).error().value(),
              ENAMETOOLONG);
    EXPECT_FALSE(HttpServer::on_unix(io.get_executor(), folder / "none" / "s", 0600).has_value());
}

TEST(ServerParameters, AreDecodedAndThereOnce) {
    ServerRequest request;
    request.query = "a=1&b=x%20y&empty=&c=1&c=2&plus=a+b&d%3D=e";
    EXPECT_EQ(request.parameter("a"), "1");
    EXPECT_EQ(request.parameter("b"), "x y");
    EXPECT_EQ(request.parameter("empty"), "");
    EXPECT_EQ(request.parameter("c"), std::nullopt) << "there twice";
    EXPECT_EQ(request.parameter("plus"), "a b");
    EXPECT_EQ(request.parameter("none"), std::nullopt);
    request.query.clear();
    EXPECT_EQ(request.parameter("a"), std::nullopt);
}

}  // namespace
}  // namespace platform
