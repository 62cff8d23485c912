// Commands to a real Chromium: routing, the default page, what is never answered, sizes, bounds.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "cdp/core/targets.hpp"
#include "driver.hpp"
#include "tests/support/memory.hpp"
#include "tests/support/sizes.hpp"

namespace cdp {
namespace {

using namespace test;

constexpr Duration short_limit = 700ms;  // for commands that are known never to be answered

struct Commands : testing::Test {
    Commands() : driver{real_browser()} {}

    awaitable<Got> page(std::string method, std::string params, Duration limit = 20s) {
        const auto ticket = driver.to_page(method, params, limit);
        auto got = co_await driver.answer(ticket);
        co_return got;
    }
    awaitable<Got> browser(std::string method, std::string params = {}) {
        const auto ticket = driver.to_browser(method, params);
        auto got = co_await driver.answer(ticket);
        co_return got;
    }
    awaitable<Got> in(std::string session, std::string method, std::string params = {}, Duration limit = 20s) {
        const auto ticket = driver.to_session(session, method, params, limit);
        auto got = co_await driver.answer(ticket);
        co_return got;
    }
    awaitable<Got> evaluate(std::string expression, Duration limit = 20s) {
        std::string params = R"({"awaitPromise":true,"returnByValue":true,"expression":")" + expression + "\"}";
        auto got = co_await page("Runtime.evaluate", std::move(params), limit);
        co_return got;
    }
    /// Opens a page and attaches to it, as a controller would.
    awaitable<std::string> open(std::string url, std::string* target = nullptr) {
        std::string create = R"({"url":")" + url + "\"}";
        const Got created = co_await browser("Target.createTarget", std::move(create));
        const auto id = member(created.text, "targetId");
        if (target != nullptr) *target = id;
        std::string attach = R"({"flatten":true,"targetId":")" + id + "\"}";
        const Got attached = co_await browser("Target.attachToTarget", std::move(attach));
        co_return member(attached.text, "sessionId");
    }

    Driver driver;
};

void expect_words(const Got& got, Fate fate, std::string_view words) {
    EXPECT_EQ(got.fate, fate) << got.text;
    EXPECT_NE(got.text.find(words), std::string::npos) << got.text;
}

TEST_F(Commands, go_where_they_are_sent_and_come_back_as_chrome_wrote_them) {
    driver.run([&]() -> awaitable<void> {
        const auto session = co_await open("about:blank");
        EXPECT_EQ(session.size(), 32U);
        const Got in_session = co_await in(session, "Runtime.evaluate", R"({"expression":"'\\ud800'"})");
        EXPECT_EQ(in_session.text, R"({"result":{"type":"string","value":"\ud800"}})");
        EXPECT_EQ(in_session.session, session);
        EXPECT_EQ(driver.browser->target_of(session)->type, "page");
        const Got wrong = co_await browser("Page.navigate", R"({"url":"about:blank"})");
        EXPECT_EQ(wrong.fate, Fate::error);
        EXPECT_EQ(wrong.text, R"({"code":-32601,"message":"'Page.navigate' wasn't found"})");
        const Got nobody = co_await in("0123456789ABCDEF0123456789ABCDEF", "Page.enable");
        expect_words(nobody, Fate::error, "Session with given id not found");
        const Got none = co_await page("Runtime.evaluate", R"({"expression":"1"})");
        EXPECT_NE(none.session, session) << "the default page has a session of its own";
        EXPECT_EQ(driver.browser->status().late_answers, 0U);
        EXPECT_EQ(driver.browser->status().unreadable, 0U);
    });
}

TEST_F(Commands, ten_thousand_in_a_row_and_a_thousand_at_once_are_each_answered_once) {
    driver.settings.max_in_flight = 4096;
    driver.settings.max_in_flight_per_session = 2048;
    driver.run([&]() -> awaitable<void> {
        co_await page("Runtime.evaluate", R"({"expression":"1"})");
        for (int round = 0; round < 10; ++round) {
            Ticket last = 0;
            for (int i = 0; i < 1000; ++i) {
                last = i % 4 == 0 ? driver.to_browser("Browser.getVersion")
                                  : driver.to_page("Runtime.evaluate", R"({"expression":"1"})");
            }
            while (driver.answers.size() < last) co_await driver.changed();
        }
        for (const auto& [ticket, got] : driver.answers) EXPECT_EQ(got.fate, Fate::result) << ticket;
    });
}

TEST_F(Commands, the_default_page_survives_navigation_and_is_replaced_when_closed_or_crashed) {
    driver.refused.emplace("data:text/plain");
    driver.run([&]() -> awaitable<void> {
        const Got first = co_await evaluate("1");
        const auto session = first.session;
        co_await page("Page.navigate", R"({"url":"data:text/html,<title>here</title>"})");
        const Got same = co_await evaluate(
            "new Promise(done=>document.readyState==='complete'?done(document.title):addEventListener('load',()=>done("
            "document.title)))");
        EXPECT_EQ(same.session, session);
        EXPECT_NE(same.text.find("here"), std::string::npos);

        // Closed: the next command finds, or opens, another one.
        std::string close = R"({"targetId":")" + driver.browser->default_page()->id + "\"}";
        co_await browser("Target.closeTarget", std::move(close));
        const Got second = co_await evaluate("1+1");
        EXPECT_EQ(second.fate, Fate::result) << second.text;
        EXPECT_NE(second.session, session);

        // Crashed: what waits is lost at once, and the crashed page is not taken again.
        const auto crashed = driver.browser->default_page()->id;
        const auto waiting =
            driver.to_page("Runtime.evaluate", R"x({"expression":"new Promise(()=>{})","awaitPromise":true})x");
        driver.to_page("Page.crash");
        const Got lost = co_await driver.answer(waiting);
        expect_words(lost, Fate::lost, "crashed");
        const Got third = co_await evaluate("2+2");
        EXPECT_EQ(third.fate, Fate::result) << third.text;
        EXPECT_NE(driver.browser->default_page()->id, crashed);

        // A page at a refused address never stands in.
        std::string away = R"({"targetId":")" + driver.browser->default_page()->id + "\"}";
        std::string only;
        co_await open("data:text/plain,refused", &only);
        co_await browser("Target.closeTarget", std::move(away));
        const Got fourth = co_await evaluate("location.href");
        EXPECT_NE(fourth.text.find("about:blank"), std::string::npos) << fourth.text;
        EXPECT_NE(driver.browser->default_page()->id, only);
    });
}

TEST_F(Commands, without_a_default_page_chrome_answers_itself) {
    driver.settings.default_page = false;
    driver.run([&]() -> awaitable<void> {
        const Got got = co_await page("Page.reload", "");
        expect_words(got, Fate::error, "'Page.reload' wasn't found");
    });
}

TEST_F(Commands, a_browser_without_any_page_gets_one) {
    driver.run([&]() -> awaitable<void> {
        const Got targets = co_await browser("Target.getTargets", R"({"filter":[{"type":"page"}]})");
        const auto at = targets.text.find("\"targetId\":\"");
        EXPECT_NE(at, std::string::npos);
        // Headless Chrome lives on without a page.
        std::string close = R"({"targetId":")" + targets.text.substr(at + 12, 32) + "\"}";
        co_await browser("Target.closeTarget", std::move(close));
        const Got got = co_await evaluate("6*7");
        EXPECT_NE(got.text.find("42"), std::string::npos) << got.text;
    });
}

TEST_F(Commands, other_sessions_do_not_wait_for_the_default_page) {
    driver.run([&]() -> awaitable<void> {
        const auto session = co_await open("about:blank");
        const auto waits = driver.to_page("Runtime.evaluate", R"({"expression":"'default'"})");
        const auto goes = driver.to_session(session, "Runtime.evaluate", R"({"expression":"'session'"})");
        EXPECT_EQ(driver.browser->status().waiting, 1U);
        EXPECT_EQ(driver.browser->status().in_flight, 1U);
        const Got one = co_await driver.answer(goes);
        const Got two = co_await driver.answer(waits);
        EXPECT_EQ(one.fate, Fate::result);
        EXPECT_EQ(two.fate, Fate::result);
    });
}

TEST_F(Commands, what_is_never_answered_ends_at_its_deadline_with_a_hint) {
    driver.run([&]() -> awaitable<void> {
        co_await evaluate("1");
        const Got promise = co_await evaluate("new Promise(()=>{})", short_limit);
        expect_words(promise, Fate::timed_out, "promise that never settles");

        const auto busy = co_await open("data:text/html,a renderer of its own");
        const auto loop = driver.to_session(busy, "Runtime.evaluate", R"x({"expression":"while(true){}"})x", 2s);
        const Got other = co_await evaluate("1");
        EXPECT_EQ(other.fate, Fate::result) << "a busy page slows no other one";
        const Got held = co_await in(busy, "DOM.getDocument", "", short_limit);
        expect_words(held, Fate::timed_out, "busy in a loop");
        const Got looped = co_await driver.answer(loop);
        expect_words(looped, Fate::timed_out, "terminateExecution");
        co_await in(busy, "Runtime.terminateExecution");

        const auto dialog = co_await open("about:blank");
        co_await in(dialog, "Page.enable");
        const Got alert = co_await in(dialog, "Runtime.evaluate", R"x({"expression":"alert(1)"})x", short_limit);
        expect_words(alert, Fate::timed_out, "Page.handleJavaScriptDialog");
        co_await in(dialog, "Page.handleJavaScriptDialog", R"({"accept":true})");
        const Got unseen = co_await evaluate("alert(1)", short_limit);
        expect_words(unseen, Fate::timed_out, "nobody was told of");

        const auto paused = co_await open("about:blank");
        co_await in(paused, "Debugger.enable");
        const Got stopped = co_await in(paused, "Runtime.evaluate", R"({"expression":"debugger"})", short_limit);
        expect_words(stopped, Fate::timed_out, "Debugger.resume");
        EXPECT_GT(driver.browser->status().late_answers, 0U) << "answers after their deadline are dropped and counted";
    });
}

TEST_F(Commands, are_lost_at_once_when_their_session_goes) {
    driver.run([&]() -> awaitable<void> {
        std::string target;
        const auto session = co_await open("about:blank", &target);
        constexpr auto never = R"x({"expression":"new Promise(()=>{})","awaitPromise":true})x";
        const auto closed = driver.to_session(session, "Runtime.evaluate", never);
        std::string close = R"({"targetId":")" + target + "\"}";
        co_await browser("Target.closeTarget", std::move(close));
        const Got lost = co_await driver.answer(closed);
        expect_words(lost, Fate::lost, "closed or the session was detached");

        const auto other = co_await open("about:blank");
        const auto detached = driver.to_session(other, "Runtime.evaluate", never);
        std::string detach = R"({"sessionId":")" + other + "\"}";
        co_await browser("Target.detachFromTarget", std::move(detach));
        const Got gone = co_await driver.answer(detached);
        expect_words(gone, Fate::lost, "detached");

        // A session below another one: Chrome tells of the parent's end alone.
        const Got parent = co_await browser("Target.attachToBrowserTarget");
        const auto parent_session = member(parent.text, "sessionId");
        std::string page_target;
        co_await open("about:blank", &page_target);
        std::string attach = R"({"flatten":true,"targetId":")" + page_target + "\"}";
        const Got child = co_await in(parent_session, "Target.attachToTarget", std::move(attach));
        const auto below = driver.to_session(member(child.text, "sessionId"), "Runtime.evaluate", never);
        std::string end = R"({"sessionId":")" + parent_session + "\"}";
        co_await browser("Target.detachFromTarget", std::move(end));
        const Got also = co_await driver.answer(below);
        expect_words(also, Fate::lost, "detached");
    });
}

TEST_F(Commands, a_client_that_turns_discovery_off_does_not_blind_us) {
    driver.run([&]() -> awaitable<void> {
        co_await browser("Target.setDiscoverTargets", R"({"discover":true})");
        co_await browser("Target.setDiscoverTargets", R"({"discover":false})");
        const auto session = co_await open("data:text/html,x");
        co_await in(session, "Page.enable");
        co_await in(session, "Page.navigate", R"({"url":"data:text/html,y"})");
        // The browser tells of the new place when it tells: one event behind.
        for (const auto end = platform::BootClock::now() + 10s;
             driver.browser->target_of(session)->url != "data:text/html,y" && platform::BootClock::now() < end;) {
            co_await in(session, "Runtime.evaluate", R"({"expression":"1"})");
        }
        EXPECT_EQ(driver.browser->target_of(session)->url, "data:text/html,y");
    });
}

TEST_F(Commands, beyond_the_browsers_own_limit_are_refused_before_they_are_written) {
    driver.settings.max_bytes_held = std::size_t{1} << 30;
    driver.run([&]() -> awaitable<void> {
        co_await evaluate("1");
        std::string params = R"({"expression":"'')";
        params.append(max_command_bytes, ' ').append("\"}");
        const auto big = driver.to_page("Runtime.evaluate", params);
        const Got refused = co_await driver.answer(big);
        expect_words(refused, Fate::too_large, "100 MiB");
        params.resize(support::sized(std::size_t{99} << 20, std::size_t{16} << 20));
        params.append("\"}");
        const Got taken = co_await page("Runtime.evaluate", std::move(params));
        EXPECT_EQ(taken.fate, Fate::result) << taken.text.substr(0, 200);
        const Got alive = co_await evaluate("1");
        EXPECT_EQ(alive.fate, Fate::result) << "the pipe still works";
    });
}

TEST_F(Commands, results_of_any_size_pass) {
    const std::size_t largest = support::sized(std::size_t{300} << 20, std::size_t{32} << 20);
    driver.run(
        [&]() -> awaitable<void> {
            co_await evaluate("1");
            const auto before = support::peak_memory();
            for (const std::size_t size : {std::size_t{1} << 20, std::size_t{20} << 20, largest}) {
                std::string expression = "'x'.repeat(" + std::to_string(size) + ")";
                const Got got = co_await evaluate(std::move(expression), 50s);
                EXPECT_EQ(got.fate, Fate::result) << got.text.substr(0, 200);
                EXPECT_GT(got.text.size(), size);
                driver.answers.clear();
                driver.sent = 0;
            }
            // One copy in the reader, one of ours here (as a relay's), and one more in this test's `got`.
            EXPECT_LT(support::peak_memory() - before, largest * 3 + support::memory_slack);
        },
        55s);
}

TEST_F(Commands, bounds_answer_overloaded_and_the_rest_goes_on) {
    driver.settings.max_in_flight = 20;
    driver.settings.max_in_flight_per_session = 8;
    driver.settings.max_bytes_held = 1 << 20;
    driver.run([&]() -> awaitable<void> {
        co_await evaluate("1");
        std::vector<Ticket> sent;
        for (int i = 0; i < 10; ++i) sent.push_back(driver.to_page("Runtime.evaluate", R"({"expression":"1"})"));
        const Got fits = co_await driver.answer(sent[7]);
        const Got over = co_await driver.answer(sent[8]);
        EXPECT_EQ(fits.fate, Fate::result);
        expect_words(over, Fate::overloaded, "in this session");
        std::vector<Ticket> more;
        for (int i = 0; i < 8; ++i) driver.to_browser("Browser.getVersion");
        for (int i = 0; i < 8; ++i) driver.to_session("S1", "Page.enable");
        for (int i = 0; i < 5; ++i) more.push_back(driver.to_session("S2", "Page.enable"));
        const Got whole = co_await driver.answer(more.back());
        expect_words(whole, Fate::overloaded, "Too many commands are in flight.");
        std::string large = R"({"expression":")" + std::string(1 << 20, ' ') + "\"}";
        while (driver.browser->status().in_flight > 0) co_await driver.changed();
        const Got heavy = co_await page("Runtime.evaluate", std::move(large));
        expect_words(heavy, Fate::overloaded, "bytes");
        const Got fine = co_await evaluate("1");
        EXPECT_EQ(fine.fate, Fate::result);
    });
}

}  // namespace
}  // namespace cdp
