// A default page that answers nothing is replaced, whatever keeps it silent, and the commands that follow are served: a
// real Chromium.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "cdp/core/targets.hpp"
#include "launch_fixture.hpp"

namespace cdp {
namespace {

using namespace test;
using tcp = net::ip::tcp;

constexpr Duration soon = 500ms;  // for commands that are known never to be answered

struct SilentPage : Launch {
    SilentPage() { settings.page_answer_limit = settings.dialog_limit = soon; }

    static awaitable<Got> evaluate(Driver& driver, std::string expression, Duration limit = 20s) {
        const std::string params = R"({"userGesture":true,"expression":")" + expression + "\"}";
        const auto sent = driver.to_page("Runtime.evaluate", params, limit);
        auto got = co_await driver.answer(sent);
        co_return got;
    }
    /// The page's target, once the page has answered.
    static awaitable<std::string> warm(Driver& driver) {
        const Got first = co_await evaluate(driver, "1");
        EXPECT_EQ(first.fate, Fate::result) << first.text;
        co_return driver.browser->default_page()->id;
    }
    static awaitable<bool> is_open(Driver& driver, std::string target) {
        const auto sent = driver.to_browser("Target.getTargets");
        const Got got = co_await driver.answer(sent);
        const std::string id = "\"targetId\":\"" + target;  // a page that it opened names it too
        co_return got.text.find(id) != std::string::npos;
    }
    static awaitable<void> is_closed(Driver& driver, std::string target) {
        for (;;) {
            const bool open = co_await is_open(driver, target);
            if (!open) co_return;
        }
    }
    /// A command has timed out and one more waits, which is told what happened; whoever comes then is served.
    static awaitable<void> is_replaced(Driver& driver, std::string before) {
        const auto waits = driver.to_page("DOM.getDocument");
        const Got told = co_await driver.answer(waits);
        EXPECT_EQ(told.fate, Fate::lost) << told.text;
        EXPECT_NE(told.text.find("replaced it by a new one"), std::string::npos) << told.text;
        const Got next = co_await evaluate(driver, "6*7");
        EXPECT_NE(next.text.find("42"), std::string::npos) << next.text;
        const std::string after = co_await warm(driver);
        EXPECT_NE(after, before);
        co_await is_closed(driver, before);
    }
    void replaced_after(std::string silencing) {
        Driver driver{settings};
        driver.run([&]() -> awaitable<void> {
            const std::string before = co_await warm(driver);
            const Got late = co_await evaluate(driver, silencing, soon);
            EXPECT_EQ(late.fate, Fate::timed_out) << late.text;
            EXPECT_NE(late.text.find("Target.closeTarget"), std::string::npos) << late.text;
            co_await is_replaced(driver, before);
        });
    }
};

TEST_F(SilentPage, of_a_script_in_a_loop_is_replaced) {
    replaced_after("while(true){}");
}

TEST_F(SilentPage, of_a_dialog_that_nobody_was_told_of_is_replaced) {
    replaced_after("alert(1)");
}

TEST_F(SilentPage, of_a_dialog_that_nobody_answers_is_replaced) {
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        const std::string before = co_await warm(driver);
        const auto enables = driver.to_page("Page.enable");
        co_await driver.answer(enables);
        const Got late = co_await evaluate(driver, "confirm(1)", soon);
        EXPECT_NE(late.text.find("Page.handleJavaScriptDialog"), std::string::npos) << late.text;
        co_await is_replaced(driver, before);
    });
}

TEST_F(SilentPage, of_a_dialog_that_is_answered_in_time_stays) {
    settings.dialog_limit = 20s;
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        const std::string before = co_await warm(driver);
        const auto enables = driver.to_page("Page.enable");
        co_await driver.answer(enables);
        const Got late = co_await evaluate(driver, "confirm(1)", soon);
        EXPECT_EQ(late.fate, Fate::timed_out) << late.text;
        const auto answers = driver.to_page("Page.handleJavaScriptDialog", R"({"accept":true})");
        const Got answered = co_await driver.answer(answers);
        EXPECT_EQ(answered.fate, Fate::result) << answered.text;
        const std::string after = co_await warm(driver);
        EXPECT_EQ(after, before);
    });
}

/// Its own script spins once it has loaded, so that no command but the navigation's own had an answer.
TEST_F(SilentPage, that_was_navigated_to_is_replaced) {
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        const std::string before = co_await warm(driver);
        constexpr auto spinning = R"({"url":"data:text/html,<script>onload=()=>setTimeout(()=>{for(;;);})</script>"})";
        const auto navigates = driver.to_page("Page.navigate", spinning);
        const Got there = co_await driver.answer(navigates);
        EXPECT_EQ(there.fate, Fate::result) << there.text;
        for (Got got; got.fate == Fate::result;) got = co_await evaluate(driver, "1", soon);
        co_await is_replaced(driver, before);
    });
}

TEST_F(SilentPage, that_waits_for_a_server_that_keeps_silent_is_replaced) {
    for (const bool by_script : {false, true}) {
        Driver driver{settings};
        tcp::acceptor silent{driver.context, {net::ip::address_v4::loopback(), 0}};
        const auto where = "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/";
        const std::string request = "x=new XMLHttpRequest();x.open('GET','" + where + "',false);x.send()";
        driver.run([&]() -> awaitable<void> {
            const std::string before = co_await warm(driver);
            const auto sent = by_script ? driver.to_page("Runtime.evaluate", R"({"expression":")" + request + "\"}", 1s)
                                        : driver.to_page("Page.navigate", R"({"url":")" + where + "\"}", 1s);
            auto [ec, taken] = co_await silent.async_accept(no_throw);
            EXPECT_FALSE(ec);
            const Got late = co_await driver.answer(sent);
            EXPECT_EQ(late.fate, Fate::timed_out) << late.text;
            co_await is_replaced(driver, before);
        });
    }
}

/// What waits behind a navigation is no sign of silence as long as the navigation has its time.
TEST_F(SilentPage, that_navigates_in_its_time_stays) {
    Driver driver{settings};
    tcp::acceptor slow{driver.context, {net::ip::address_v4::loopback(), 0}};
    const auto where = R"({"url":"http://127.0.0.1:)" + std::to_string(slow.local_endpoint().port()) + R"(/"})";
    driver.run([&]() -> awaitable<void> {
        const std::string before = co_await warm(driver);
        const auto navigates = driver.to_page("Page.navigate", where, 20s);
        auto [ec, taken] = co_await slow.async_accept(no_throw);
        EXPECT_FALSE(ec);
        const Got late = co_await evaluate(driver, "1", soon);
        EXPECT_EQ(late.fate, Fate::timed_out) << late.text;
        const Got later = co_await evaluate(driver, "1", 4 * soon);  // beyond the end of the sign of life
        EXPECT_EQ(later.fate, Fate::timed_out) << later.text;
        const std::string page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<p>hi";
        auto [bad, size] = co_await net::async_write(taken, net::buffer(page), no_throw);
        EXPECT_FALSE(bad);
        const Got there = co_await driver.answer(navigates);
        EXPECT_EQ(there.fate, Fate::result) << there.text;
        const std::string after = co_await warm(driver);
        EXPECT_EQ(after, before);
    });
}

TEST_F(SilentPage, that_asks_whether_to_be_left_is_replaced) {
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        const std::string before = co_await warm(driver);
        const Got asks = co_await evaluate(driver, "onbeforeunload=e=>{e.preventDefault();e.returnValue='x'}");
        EXPECT_EQ(asks.fate, Fate::result) << asks.text;
        const auto leaves = driver.to_page("Page.navigate", R"({"url":"data:text/html,x"})", 1s);
        const Got late = co_await driver.answer(leaves);
        EXPECT_EQ(late.fate, Fate::timed_out) << late.text;
        co_await is_replaced(driver, before);
    });
}

/// A paused page still answers; the next job may go on with it, or lead it elsewhere.
TEST_F(SilentPage, a_paused_debugger_keeps_nobody_from_the_browser) {
    settings.page_answer_limit = 5s;
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        co_await warm(driver);
        const auto enables = driver.to_page("Debugger.enable");
        co_await driver.answer(enables);
        const Got late = co_await evaluate(driver, "debugger;", soon);
        EXPECT_NE(late.text.find("Debugger.resume"), std::string::npos) << late.text;
        const Got inside = co_await evaluate(driver, "6*7");
        EXPECT_NE(inside.text.find("42"), std::string::npos) << inside.text;
        const auto leaves = driver.to_page("Page.navigate", R"({"url":"data:text/html,<title>elsewhere</title>"})");
        const Got left = co_await driver.answer(leaves);
        EXPECT_EQ(left.fate, Fate::result) << left.text;
        Got title;
        for (int tries = 0; tries < 500 && title.text.find("elsewhere") == std::string::npos; ++tries) {
            title = co_await evaluate(driver, "document.title");
        }
        EXPECT_NE(title.text.find("elsewhere"), std::string::npos) << title.text;
    });
}

/// A promise that never settles keeps its own command waiting, and nobody else.
TEST_F(SilentPage, one_that_answers_others_stays) {
    settings.page_answer_limit = 20s;
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        const std::string before = co_await warm(driver);
        const auto never =
            driver.to_page("Runtime.evaluate", R"x({"expression":"new Promise(()=>{})","awaitPromise":true})x", soon);
        const Got late = co_await driver.answer(never);
        EXPECT_EQ(late.fate, Fate::timed_out) << late.text;
        for (int i = 0; i < 3; ++i) {
            const std::string after = co_await warm(driver);
            EXPECT_EQ(after, before);
        }
    });
}

/// Pages of one site share a process: where one of them spins, none of them could stand in.
TEST_F(SilentPage, none_of_its_popups_takes_its_place) {
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        const std::string before = co_await warm(driver);
        const Got opened = co_await evaluate(driver, "void open('about:blank')");
        EXPECT_EQ(opened.fate, Fate::result) << opened.text;
        const Got late = co_await evaluate(driver, "for(;;);", soon);
        EXPECT_EQ(late.fate, Fate::timed_out) << late.text;
        co_await is_replaced(driver, before);
    });
}

}  // namespace
}  // namespace cdp
