// A browser host with a real Chromium, and agents that come, go and crowd.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "cdp/host_reset.hpp"
#include "hosted_fixture.hpp"
#include "platform/worker.hpp"

namespace cdp {
namespace {

using namespace test;

TEST_F(Hosted, serves_commands_and_outlives_its_agents) {
    pid_t browser_before = 0;
    std::string old_session;
    Driver first{settings};
    RunningHost host{first.context, host_settings};
    EXPECT_EQ(processes().size(), 0U) << "no browser before somebody wants it";
    first.run([&]() -> awaitable<void> {
        const auto sent = first.to_page("Runtime.evaluate", R"({"expression":"window.mark=42"})");
        const Got got = co_await first.answer(sent);
        EXPECT_EQ(got.fate, Fate::result) << got.text;
        const auto version = first.to_browser("Browser.getVersion");
        const Got its = co_await first.answer(version);
        EXPECT_EQ(its.session, "") << "the host's session stands for the browser target";
        old_session = got.session;
        const auto wrong = first.to_session("0123456789ABCDEF0123456789ABCDEF", "Page.enable");
        const Got error = co_await first.answer(wrong);
        EXPECT_EQ(error.fate, Fate::error) << "also answers without a session come through";
        const auto never = first.to_page("Runtime.evaluate",
                                         R"x({"expression":"new Promise(f=>setTimeout(f,300))","awaitPromise":true})x");
        EXPECT_EQ(first.answers.count(never), 0U);
        browser_before = processes().front();
        EXPECT_EQ(host.host.state(), HostState::serving);
    });
    // The second agent: the same browser and page, none of the first one's sessions, none of its late answers.
    Driver second{settings, first.shared};
    second.run([&]() -> awaitable<void> {
        const auto sent = second.to_page("Runtime.evaluate", R"({"expression":"window.mark"})");
        const Got got = co_await second.answer(sent);
        EXPECT_NE(got.text.find("42"), std::string::npos) << got.text;
        const auto dead = second.to_session(old_session, "Runtime.evaluate", R"({"expression":"1"})");
        const Got gone = co_await second.answer(dead);
        EXPECT_NE(gone.text.find("Session with given id not found"), std::string::npos) << gone.text;
        EXPECT_EQ(processes().front(), browser_before);
        EXPECT_EQ(second.browser->status().late_answers, 0U);
        EXPECT_EQ(second.browser->status().unreadable, 0U);
    });
    finish(first.context, host);
    EXPECT_TRUE(processes().empty());
    EXPECT_EQ(folders(), 0U);
    EXPECT_FALSE(fs::exists(settings.host_socket));
}

TEST_F(Hosted, a_reset_ends_the_browser_and_its_profile) {
    Driver driver{settings};
    RunningHost host{driver.context, host_settings};
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_browser("Browser.getVersion");
        co_await driver.answer(sent);
        EXPECT_EQ(folders(), 1U);
        driver.browser->stop(Browser::Leave::ended);
        while (host.host.state() != HostState::idle) {
            platform::Timer look{driver.context, 10ms};
            co_await look.async_wait(no_throw);
        }
        EXPECT_TRUE(processes().empty());
        EXPECT_EQ(folders(), 0U);
        host.host.stop();
    });
    finish(driver.context, host);
}

// An agent that was killed after an unpair's wipe has told the host nothing: its next start does.
TEST_F(Hosted, a_reset_by_who_has_no_session_ends_the_browser_that_is_kept) {
    Driver driver{settings};
    RunningHost host{driver.context, host_settings};
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_browser("Browser.getVersion");
        co_await driver.answer(sent);
    });
    EXPECT_TRUE(run_until(driver.context, [&] { return host.host.state() == HostState::ready; }));
    EXPECT_EQ(folders(), 1U) << "it is kept for the next agent";
    platform::Worker worker{"reset"};
    std::optional<bool> reset;
    const auto ask = [&]() -> awaitable<void> {
        auto work = [path = settings.host_socket]() -> Result<bool> { return !reset_host(path); };
        const auto done = co_await platform::run_blocking(worker, std::move(work));
        reset = done && *done;
    };
    net::co_spawn(driver.context, ask, rethrow);
    EXPECT_TRUE(run_until(driver.context, [&] { return reset && host.host.state() == HostState::idle; }));
    EXPECT_TRUE(*reset);
    EXPECT_TRUE(processes().empty());
    EXPECT_EQ(folders(), 0U);
    finish(driver.context, host);
    EXPECT_FALSE(reset_host(settings.host_socket)) << "no host, no browser";
}

/// A browser that a first agent has left in its host.
struct HostedAndKept : Hosted {
    HostedAndKept() {
        first.run([this]() -> awaitable<void> {
            const auto sent = first.to_browser("Browser.getVersion");
            co_await first.answer(sent);
        });
        EXPECT_TRUE(run_until(first.context, [this] { return host.host.state() == HostState::ready; }));
        EXPECT_EQ(folders(), 1U);
    }
    void expect_its_end() {
        EXPECT_TRUE(run_until(first.context, [this] { return host.host.state() == HostState::idle; }));
        EXPECT_EQ(folders(), 0U);
        EXPECT_TRUE(processes().empty());
        finish(first.context, host);
    }

    Driver first{settings};
    RunningHost host{first.context, host_settings};
};

TEST_F(HostedAndKept, ends_at_a_reset_by_who_has_gone_before_it_is_served) {
    {
        local::socket agent{first.context};
        const local::endpoint endpoint{settings.host_socket};
        agent.connect(endpoint);
        const auto reset = host_reset_bytes();
        net::write(agent, net::buffer(reset));
    }
    expect_its_end();
}

TEST_F(HostedAndKept, ends_at_an_unpairing_while_the_agent_connects) {
    Driver second{settings, first.shared};
    second.run([&]() -> awaitable<void> {
        second.browser->stop(Browser::Leave::ended);
        co_return;
    });
    expect_its_end();
}

TEST_F(HostedAndKept, ends_at_an_unpairing_between_two_tries_to_connect) {
    Driver second{settings, first.shared};
    second.settings.host_socket += "-elsewhere";
    second.settings.backoff_first = second.settings.backoff_cap = 1h;
    second.run([&]() -> awaitable<void> {
        co_await second.reaches(BrowserState::lost);
        second.settings.host_socket = settings.host_socket;
        second.browser->stop(Browser::Leave::ended);
    });
    expect_its_end();
}

TEST_F(Hosted, a_browser_that_dies_is_started_anew) {
    Driver driver{settings};
    RunningHost host{driver.context, host_settings};
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_page("Runtime.evaluate", R"({"expression":"1"})");
        co_await driver.answer(sent);
        const auto never =
            driver.to_page("Runtime.evaluate", R"x({"expression":"new Promise(()=>{})","awaitPromise":true})x");
        for (const auto pid : processes()) ::kill(pid, SIGKILL);
        const Got lost = co_await driver.answer(never);
        EXPECT_EQ(lost.fate, Fate::lost);
        const auto again = driver.to_page("Runtime.evaluate", R"({"expression":"6*7"})");
        const Got back = co_await driver.answer(again);
        EXPECT_NE(back.text.find("42"), std::string::npos) << back.text;
        EXPECT_EQ(folders(), 1U);
        host.host.stop();
    });
    finish(driver.context, host);
}

TEST_F(Hosted, a_planned_restart_waits_for_what_is_in_flight) {
    host_settings.browser.restart_after = 10s;  // longer than any start takes
    host_settings.browser.restart_check_every = 100ms;
    Driver driver{settings};
    RunningHost host{driver.context, host_settings};
    driver.run([&]() -> awaitable<void> {
        const auto runs = driver.to_page(
            "Runtime.evaluate",
            R"x({"expression":"new Promise(done=>setTimeout(()=>done(42),11000))","awaitPromise":true})x");
        const Got got = co_await driver.answer(runs);
        EXPECT_NE(got.text.find("42"), std::string::npos) << got.text;
        EXPECT_EQ(driver.browser->status().restarts, 0U);
        while (driver.browser->status().restarts == 0) co_await driver.changed();
        co_await driver.reaches(BrowserState::attached);
        host.host.stop();
    });
    finish(driver.context, host);
    EXPECT_TRUE(processes().empty());
    EXPECT_EQ(folders(), 0U);
}

TEST_F(Hosted, large_results_pass) {
    Driver driver{settings};
    RunningHost host{driver.context, host_settings};
    driver.run([&]() -> awaitable<void> {
        const auto sent =
            driver.to_page("Runtime.evaluate", R"x({"expression":"'x'.repeat(30*1024*1024)","returnByValue":true})x");
        const Got got = co_await driver.answer(sent);
        EXPECT_GT(got.text.size(), std::size_t{30} << 20);
        host.host.stop();
    });
    finish(driver.context, host);
}

TEST_F(Hosted, one_agent_at_a_time_and_a_second_host_gives_way) {
    Driver driver{settings};
    RunningHost host{driver.context, host_settings};
    BrowserHost other{driver.context.get_executor(), host_settings};
    EXPECT_EQ(other.listen(), net::error::address_in_use);
    struct stat mode {};
    EXPECT_EQ(::stat(settings.host_socket.c_str(), &mode), 0);
    EXPECT_EQ(mode.st_mode & 0777, 0600U);
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_browser("Browser.getVersion");
        co_await driver.answer(sent);
        local::socket crowd{driver.context};
        const local::endpoint endpoint{settings.host_socket};
        co_await crowd.async_connect(endpoint, no_throw);
        std::string said;
        auto into = net::dynamic_buffer(said);
        co_await net::async_read_until(crowd, into, '\0', no_throw);
        EXPECT_NE(said.find("another agent uses the browser"), std::string::npos) << said;
        host.host.stop();
    });
    finish(driver.context, host);
}

TEST_F(Hosted, a_host_without_a_browser_says_why) {
    host_settings.browser.browser_path = "/no/such/browser";
    settings.unavailable_grace = 1ms;
    settings.backoff_first = settings.backoff_cap = 1h;
    Driver driver{settings};
    RunningHost host{driver.context, host_settings};
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_browser("Browser.getVersion");
        const Got got = co_await driver.answer(sent);
        EXPECT_NE(got.text.find("/no/such/browser is missing"), std::string::npos) << got.text;
        host.host.stop();
    });
    finish(driver.context, host);
}

TEST_F(Hosted, an_agent_without_a_host_says_so) {
    settings.unavailable_grace = 1ms;
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_browser("Browser.getVersion");
        const Got got = co_await driver.answer(sent);
        EXPECT_NE(got.text.find("is its service running"), std::string::npos) << got.text;
    });
}

TEST_F(Hosted, a_stopped_browser_is_replaced) {
    settings.idle_check_every = 200ms;
    Driver driver{settings};
    RunningHost host{driver.context, host_settings};
    driver.run([&]() -> awaitable<void> {
        const auto first = driver.to_page("Runtime.evaluate", R"({"expression":"1"})");
        co_await driver.answer(first);
        const auto stopped = processes();
        EXPECT_FALSE(stopped.empty());
        for (const auto pid : stopped) ::kill(pid, SIGSTOP);
        const Duration usual = driver.settings.idle_check_limit;
        const Duration usual_start = host_settings.browser.start_limit;
        driver.settings.idle_check_limit = 1s;  // of the stopped one alone: others may take longer to start
        host_settings.browser.start_limit = 1s;
        const auto in_vain = driver.to_browser("Target.getTargets");
        const Got lost = co_await driver.answer(in_vain);
        EXPECT_EQ(lost.fate, Fate::lost);
        driver.settings.idle_check_limit = usual;
        while (host.host.state() == HostState::serving) {
            platform::Timer look{driver.context, 10ms};
            co_await look.async_wait(no_throw);
        }
        host_settings.browser.start_limit = usual_start;
        EXPECT_NE(host.host.reason().find("hangs"), std::string::npos) << host.host.reason();
        Got back;
        while (back.text.find("42") == std::string::npos) {
            const auto sent = driver.to_page("Runtime.evaluate", R"({"expression":"6*7"})");
            back = co_await driver.answer(sent);
        }
        for (const auto pid : processes())
            EXPECT_EQ(std::count(stopped.begin(), stopped.end(), pid), 0) << "of the stopped one";
        host.host.stop();
    });
    finish(driver.context, host);
    EXPECT_TRUE(processes().empty());
    EXPECT_EQ(folders(), 0U);
}

TEST_F(HostedAndKept, ends_when_it_does_not_let_an_agent_leave) {
    Driver second{settings, first.shared};
    second.run([&]() -> awaitable<void> {
        co_await second.reaches(BrowserState::attached);
        host_settings.browser.start_limit = 100ms;  // not before: a start takes longer
        for (const auto pid : processes()) ::kill(pid, SIGSTOP);
        second.browser->stop();
    });
    expect_its_end();
}

}  // namespace
}  // namespace cdp
