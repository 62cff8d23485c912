// The loopback end of a login: one browser can finish it, the one that opened the address.
#include "agent/pairing/callback.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <thread>

#include "tests/support/plain_client.hpp"

namespace {

using pairing::LoopbackLogin;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* login_address = "https://login.example/authorize?x=1";

/// The login waits on a separate thread for an answer with the state "s".
struct LoopbackLoginTest : ::testing::Test {
    LoopbackLoginTest() {
        auto made = LoopbackLogin::listen(io.get_executor(), 0);
        EXPECT_TRUE(made.has_value());
        login.emplace(std::move(*made));
        port = login->port();
        redirect = login->redirect();
        const auto start = login->start_address();
        start_path = start.substr(start.find("/start/"));
        const auto wait = [this]() -> awaitable<void> { callback = co_await login->wait(login_address, "s"); };
        net::co_spawn(io, wait, net::bind_cancellation_slot(cancel.slot(), rethrow));
        thread = std::thread{[this] { io.run(); }};
    }
    ~LoopbackLoginTest() override { end(); }
    /// The wait is cancelled, where no answer has come.
    void end() {
        if (!thread.joinable()) return;
        net::post(io, [this] { cancel.emit(net::cancellation_type::all); });
        thread.join();
    }
    /// The answer to one request on a new connection. `more`: header lines, each with its end.
    std::string ask(const std::string& method, const std::string& target, const std::string& more = {}) {
        support::PlainClient client{port};
        client.write(method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                     "\r\nConnection: close\r\n" + more + "\r\n");
        return client.read_all();
    }
    /// As a browser in which somebody opens the address.
    std::string open(const std::string& target, const std::string& cookie = {}) {
        const std::string shown = cookie.empty() ? "" : "Cookie: other=1; bmc_login=" + cookie + "\r\n";
        return ask("GET", target, "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n" + shown);
    }
    static std::string cookie_in(const std::string& answer) {
        constexpr std::string_view name = "Set-Cookie: bmc_login=";
        const auto at = answer.find(name);
        EXPECT_NE(at, std::string::npos) << answer;
        if (at == std::string::npos) return {};
        const auto begin = at + name.size();
        return answer.substr(begin, answer.find(';', begin) - begin);
    }

    net::io_context io;
    net::cancellation_signal cancel;
    std::optional<LoopbackLogin> login;
    pairing::Callback callback;
    std::uint16_t port = 0;  // the login is the thread's
    std::string redirect;
    std::string start_path;
    std::thread thread;
};

TEST_F(LoopbackLoginTest, TheBrowserThatOpenedItFinishesIt) {
    EXPECT_EQ(redirect, "http://127.0.0.1:" + std::to_string(port) + "/callback");
    const auto begun = open(start_path);
    EXPECT_THAT(begun, StartsWith("HTTP/1.1 302 "));
    EXPECT_THAT(begun, HasSubstr(std::string{"\r\nLocation: "} + login_address + "\r\n"));
    EXPECT_THAT(begun, HasSubstr("HttpOnly; SameSite=Lax; Path=/callback"));
    EXPECT_THAT(begun, HasSubstr("Referrer-Policy: no-referrer"));
    const auto cookie = cookie_in(begun);
    EXPECT_EQ(cookie_in(open(start_path, cookie)), cookie) << "a second click of the same browser";
    const auto done = open("/callback?code=c%2F1&state=s&iss=https%3A%2F%2Flogin.example", cookie);
    EXPECT_THAT(done, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(done, HasSubstr("The login is done."));
    EXPECT_THAT(done, Not(HasSubstr("c/1")));
    end();
    EXPECT_EQ(callback.code, "c/1");
    EXPECT_EQ(callback.iss, "https://login.example");
}

TEST_F(LoopbackLoginTest, ARefusalIsAnAnswerToo) {
    const auto cookie = cookie_in(open(start_path));
    EXPECT_THAT(open("/callback?error=access_denied&state=s", cookie), HasSubstr("The login was refused."));
    end();
    EXPECT_EQ(callback.error, "access_denied");
}

TEST_F(LoopbackLoginTest, AnotherBrowserNeitherBeginsNorFinishesIt) {
    const auto cookie = cookie_in(open(start_path));
    EXPECT_THAT(open(start_path), StartsWith("HTTP/1.1 410 "));
    EXPECT_THAT(open(start_path, "another"), StartsWith("HTTP/1.1 410 "));
    EXPECT_THAT(open("/callback?code=stolen&state=s"), StartsWith("HTTP/1.1 403 "));
    EXPECT_THAT(open("/callback?code=stolen&state=s", "another"), StartsWith("HTTP/1.1 403 "));
    EXPECT_THAT(open("/callback?code=c&state=other", cookie), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(open("/callback?code=c", cookie), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(open("/callback?code=mine&state=s", cookie), StartsWith("HTTP/1.1 200 "));
    end();
    EXPECT_EQ(callback.code, "mine");
}

TEST_F(LoopbackLoginTest, NothingComesBackBeforeItWasOpened) {
    EXPECT_THAT(open("/callback?code=c&state=s"), StartsWith("HTTP/1.1 403 "));
    EXPECT_THAT(open("/callback?code=c&state=s", "x"), StartsWith("HTTP/1.1 403 "));
    end();
    EXPECT_FALSE(callback.code || callback.state) << "an empty answer, since the wait was cancelled";
}

TEST_F(LoopbackLoginTest, ALookAtTheAddressChangesNothing) {
    EXPECT_THAT(ask("HEAD", start_path), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(ask("POST", start_path, "Content-Length: 0\r\n"), StartsWith("HTTP/1.1 405 "));
    for (const char* look : {"Sec-Purpose: prefetch\r\n", "Purpose: prefetch\r\n", "X-Moz: prefetch\r\n",
                             "Sec-Fetch-Mode: no-cors\r\n", "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n"}) {
        EXPECT_THAT(ask("GET", start_path, look), StartsWith("HTTP/1.1 503 ")) << look;
    }
    EXPECT_THAT(open(start_path), StartsWith("HTTP/1.1 302 ")) << "the first browser is still the first";
}

TEST_F(LoopbackLoginTest, OneThatDoesNotSayThatItIsABrowserComesTwice) {
    const auto offered = ask("GET", start_path);
    EXPECT_THAT(offered, HasSubstr("\r\nLocation: " + start_path + "?again\r\n"));
    EXPECT_THAT(ask("GET", start_path + "?again"), HasSubstr("This browser keeps no cookies"));
    const auto cookie = cookie_in(offered);
    const auto begun = ask("GET", start_path + "?again", "Cookie: bmc_login=" + cookie + "\r\n");
    EXPECT_THAT(begun, HasSubstr(std::string{"\r\nLocation: "} + login_address + "\r\n"));
    EXPECT_EQ(cookie_in(begun), cookie);
    EXPECT_THAT(open(start_path), StartsWith("HTTP/1.1 410 "));
}

TEST_F(LoopbackLoginTest, ProgramsThatOnlyLookDoNotTakeTheLoginAway) {
    for (int i = 0; i < 40; ++i) ask("GET", start_path);
    EXPECT_THAT(open(start_path), StartsWith("HTTP/1.1 302 "));
}

TEST_F(LoopbackLoginTest, OtherNamesOfThisMachineAndOtherPathsFindNothing) {
    support::PlainClient rebound{port};
    rebound.write("GET " + start_path + " HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(rebound.read_all(), StartsWith("HTTP/1.1 404 "));
    for (const std::string& path : {std::string{"/"}, std::string{"/start/"}, std::string{"/start/wrong"},
                                    start_path + "x", std::string{"/callbacks"}, "/x" + start_path}) {
        EXPECT_THAT(open(path), StartsWith("HTTP/1.1 404 ")) << path;
    }
    EXPECT_THAT(open(start_path), StartsWith("HTTP/1.1 302 "));
}

TEST_F(LoopbackLoginTest, APortThatIsTakenIsSaid) {
    net::io_context other;
    const auto second = LoopbackLogin::listen(other.get_executor(), port);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error(), net::error::address_in_use);
}

}  // namespace
