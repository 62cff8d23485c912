// More of what a real Chromium never answers: commands to a crashed page, behind a server that keeps silent, and to a
// browser that is stopped. Each ends at its deadline with the likely cause, and holds up nobody else.
#include <signal.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>

#include "cdp/core/targets.hpp"
#include "launch_fixture.hpp"

namespace cdp {
namespace {

using namespace test;
using tcp = net::ip::tcp;

struct Unanswered : Launch {
    static awaitable<Got> ask(Driver& driver, std::string session, std::string method, std::string params,
                              Duration limit = 20s) {
        const auto sent = driver.to_session(session, method, params, limit);
        auto got = co_await driver.answer(sent);
        co_return got;
    }
    static awaitable<std::string> open(Driver& driver) {
        const Got made = co_await ask(driver, "", "Target.createTarget", R"({"url":"about:blank"})");
        std::string attach = R"({"flatten":true,"targetId":")" + member(made.text, "targetId") + "\"}";
        const Got attached = co_await ask(driver, "", "Target.attachToTarget", std::move(attach));
        co_return member(attached.text, "sessionId");
    }
};

void expect_timeout(const Got& got, std::string_view words) {
    EXPECT_EQ(got.fate, Fate::timed_out) << got.text;
    EXPECT_NE(got.text.find(words), std::string::npos) << got.text;
}

TEST_F(Unanswered, to_a_crashed_page_until_it_is_loaded_anew) {
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        co_await driver.reaches(BrowserState::attached);
        const auto session = co_await open(driver);
        const Got crash = co_await ask(driver, session, "Page.crash", "");
        EXPECT_EQ(crash.fate, Fate::lost) << "never answered, but an event tells";
        const Got waits = co_await ask(driver, session, "Runtime.evaluate", R"({"expression":"1"})", 500ms);
        expect_timeout(waits, "renderer has crashed");
        const auto other = co_await open(driver);
        const Got fine = co_await ask(driver, other, "Runtime.evaluate", R"({"expression":"6*7"})");
        EXPECT_NE(fine.text.find("42"), std::string::npos) << fine.text;
        const Got anew = co_await ask(driver, session, "Page.navigate", R"({"url":"data:text/html,another"})");
        EXPECT_EQ(anew.fate, Fate::result) << anew.text;
        const Got again = co_await ask(driver, session, "Runtime.evaluate", R"({"expression":"6*7"})");
        EXPECT_NE(again.text.find("42"), std::string::npos) << again.text;
        EXPECT_GT(driver.browser->status().late_answers, 0U) << "\"Target crashed\", of the one that ended before";
    });
}

TEST_F(Unanswered, behind_a_server_that_keeps_silent) {
    Driver driver{settings};
    tcp::acceptor silent{driver.context, {net::ip::address_v4::loopback(), 0}};
    const auto where = R"({"url":"http://127.0.0.1:)" + std::to_string(silent.local_endpoint().port()) + "/\"}";
    driver.run([&]() -> awaitable<void> {
        co_await driver.reaches(BrowserState::attached);
        const auto session = co_await open(driver);
        const auto navigates = driver.to_session(session, "Page.navigate", where, 2s);
        auto [ec, taken] = co_await silent.async_accept(no_throw);  // the request is on its way
        EXPECT_FALSE(ec);
        const Got held = co_await ask(driver, session, "Runtime.evaluate", R"({"expression":"1"})", 500ms);
        expect_timeout(held, "A navigation waits for its server");
        const auto other = co_await open(driver);
        const Got fine = co_await ask(driver, other, "Runtime.evaluate", R"({"expression":"6*7"})");
        EXPECT_NE(fine.text.find("42"), std::string::npos) << fine.text;
        const Got navigated = co_await driver.answer(navigates);
        expect_timeout(navigated, "The server has not sent response headers yet");
    });
}

TEST_F(Unanswered, by_a_browser_that_is_stopped) {
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        co_await driver.reaches(BrowserState::attached);
        ::kill(main_process(), SIGSTOP);
        const Got silent = co_await ask(driver, "", "Browser.getVersion", "", 6s);
        expect_timeout(silent, "it may be stopped or overloaded");
    });
    EXPECT_TRUE(processes().empty());
}

}  // namespace
}  // namespace cdp
