// A real Chromium, launched over its pipe: that it answers, that it comes back, and that nothing is left of it.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "cdp/core/targets.hpp"
#include "cdp/leftovers.hpp"
#include "cdp/temporary_folder.hpp"
#include "launch_fixture.hpp"
#include "platform/process/process.hpp"
#include "platform/wait.hpp"
#include "tests/support/stall.hpp"

namespace cdp {
namespace {

using namespace test;

TEST_F(Launch, answers_and_leaves_nothing) {
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        const auto first = driver.to_browser("Browser.getVersion");
        const auto page = driver.to_page("Runtime.evaluate", R"({"expression":"1+1"})");
        const Got version = co_await driver.answer(first);
        EXPECT_EQ(version.fate, Fate::result) << version.text;
        EXPECT_NE(version.text.find("\"product\":\""), std::string::npos);
        const Got sum = co_await driver.answer(page);
        EXPECT_EQ(sum.text, R"({"result":{"type":"number","value":2,"description":"2"}})");
        EXPECT_NE(driver.browser->default_page(), nullptr);
        EXPECT_EQ(driver.browser->target_of(sum.session), driver.browser->default_page());
        EXPECT_FALSE(processes().empty());
        EXPECT_EQ(folders(), 1U);
    });
    EXPECT_TRUE(processes().empty());
    EXPECT_EQ(folders(), 0U);
}

/// Forks an owner that holds a browser, calls `before` with the browser's pid, and kills the owner.
void kill_an_owner(Launch& test, const std::function<void(pid_t browser)>& before) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t owner = ::fork();
    if (owner == 0) {
        Driver driver{test.settings};
        driver.run([&]() -> awaitable<void> {
            const auto sent = driver.to_page("Runtime.evaluate", R"({"expression":"1"})");
            const Got got = co_await driver.answer(sent);
            [[maybe_unused]] const auto n = ::write(ready[1], got.fate == Fate::result ? "y" : "n", 1);
            for (;;) co_await driver.changed();
        });
        ::_exit(0);
    }
    char answered = 0;
    ASSERT_EQ(::read(ready[0], &answered, 1), 1);
    EXPECT_EQ(answered, 'y');
    const auto browser = test.main_process();
    EXPECT_GT(browser, 0);
    before(browser);
    ::kill(owner, SIGKILL);
    ::waitpid(owner, nullptr, 0);
    EXPECT_TRUE(test.all_end_within(orphan_limit));
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_F(Launch, a_disk_that_stands_still_holds_up_the_start_and_not_the_loop) {
    const auto left = fs::path{settings.runtime_folder} / "bmc-browser-1073741823-5-abcdef";
    fs::create_directories(left);
    tests::Stall stall{left / "owner.lock"};
    ASSERT_TRUE(stall.held());
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_browser("Browser.getVersion");
        platform::Timer turn{driver.context};
        while (!stall.waited_for()) {
            turn.expires_after(10ms);
            co_await platform::expiry(turn);
        }
        EXPECT_TRUE(fs::exists(left)) << "the sweep waits, and the loop does not";
        stall.release();
        const Got version = co_await driver.answer(sent);
        EXPECT_EQ(version.fate, Fate::result) << version.text;
    });
    EXPECT_FALSE(fs::exists(left));
}

TEST_F(Launch, no_process_outlives_a_killed_owner) {
    kill_an_owner(*this, [](pid_t) {});
    EXPECT_EQ(folders(), 1U) << "a kill leaves the folder";
    EXPECT_EQ(sweep_leftovers(settings.runtime_folder), 1U) << "and the next start removes it";
    EXPECT_EQ(folders(), 0U);
}

TEST_F(Launch, no_process_outlives_a_killed_owner_when_the_browser_is_stopped) {
    kill_an_owner(*this, [](pid_t browser) { ::kill(browser, SIGSTOP); });
}

TEST_F(Launch, no_process_outlives_a_killed_owner_when_all_of_it_is_stopped) {
    kill_an_owner(*this, [this](pid_t) {
        for (const auto pid : processes()) ::kill(pid, SIGSTOP);
    });
}

/// Its child notices nothing of the death of the others: what ends it is the guard alone.
TEST_F(Launch, no_child_that_goes_on_by_itself_outlives_a_killed_owner) {
    const auto ready = folder->path() / "ready";
    ASSERT_EQ(::mkfifo(ready.c_str(), S_IRUSR | S_IWUSR), 0);
    settings.browser_path =
        script("trap '' HUP TERM PIPE\nsleep 300 </dev/null 2>&1 &\necho $! > '" + ready.string() + "'\nwait");
    const pid_t owner = ::fork();
    if (owner == 0) {
        Driver driver{settings};
        driver.run([&]() -> awaitable<void> {
            for (;;) co_await driver.changed();
        });
        ::_exit(0);
    }
    pid_t child = 0;
    std::ifstream{ready} >> child;
    ASSERT_GT(child, 0);
    const platform::UniqueFd watch{static_cast<int>(::syscall(SYS_pidfd_open, child, 0))};
    ASSERT_TRUE(watch);
    ::kill(owner, SIGKILL);
    ::waitpid(owner, nullptr, 0);
    pollfd watched{watch.get(), POLLIN, 0};
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(orphan_limit);
    const bool ended = ::poll(&watched, 1, static_cast<int>(limit.count())) == 1;
    EXPECT_TRUE(ended);
    if (!ended) ::kill(child, SIGKILL);
}

TEST_F(Launch, stop_ends_a_stopped_browser_too) {
    Driver driver{settings};
    TimePoint asked;
    driver.run([&]() -> awaitable<void> {
        co_await driver.reaches(BrowserState::attached);
        ::kill(main_process(), SIGSTOP);
        const auto never = driver.to_browser("Browser.getVersion");
        EXPECT_EQ(driver.answers.count(never), 0U);
        asked = BootClock::now();
    });
    EXPECT_LT(BootClock::now() - asked, orphan_limit);
    EXPECT_EQ(driver.answers[1].fate, Fate::lost);
    EXPECT_TRUE(processes().empty());
    EXPECT_EQ(folders(), 0U);
}

TEST_F(Launch, a_killed_browser_is_brought_back_and_its_commands_are_lost) {
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        const auto first = driver.to_page("Runtime.evaluate", R"({"expression":"1"})");
        const Got warm = co_await driver.answer(first);
        EXPECT_EQ(warm.fate, Fate::result);
        const auto forever =
            driver.to_page("Runtime.evaluate", R"x({"expression":"new Promise(()=>{})","awaitPromise":true})x");
        const auto sync = driver.to_page("Runtime.evaluate", R"({"expression":"1"})");
        co_await driver.answer(sync);
        EXPECT_EQ(driver.browser->status().in_flight, 1U);
        const auto killed = main_process();
        ::kill(killed, SIGKILL);
        const Got lost = co_await driver.answer(forever);
        EXPECT_EQ(lost.fate, Fate::lost);
        EXPECT_NE(lost.text.find("may or may not"), std::string::npos);
        const auto again = driver.to_page("Runtime.evaluate", R"({"expression":"40+2"})");
        const Got back = co_await driver.answer(again);
        EXPECT_EQ(back.fate, Fate::result) << back.text;
        EXPECT_NE(back.text.find("42"), std::string::npos);
        EXPECT_EQ(driver.browser->status().restarts, 1U);
        EXPECT_NE(main_process(), killed);
        EXPECT_EQ(folders(), 1U) << "the dead one's folder is gone";
    });
    EXPECT_TRUE(processes().empty());
    EXPECT_EQ(folders(), 0U);
}

TEST_F(Launch, a_stopped_browser_is_noticed_and_replaced) {
    settings.idle_check_every = 200ms;
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        co_await driver.reaches(BrowserState::attached);
        ::kill(main_process(), SIGSTOP);
        const Duration usual = driver.settings.idle_check_limit;
        driver.settings.idle_check_limit = 1s;  // of the stopped one alone: others may take longer to start
        const auto sent = driver.to_browser("Target.getTargets");
        const Got lost = co_await driver.answer(sent);
        EXPECT_EQ(lost.fate, Fate::lost);
        co_await driver.reaches(BrowserState::lost);
        EXPECT_NE(driver.browser->status().reason.find("does not answer"), std::string::npos);
        driver.settings.idle_check_limit = usual;
        co_await driver.reaches(BrowserState::attached);
    });
    EXPECT_TRUE(processes().empty());
}

TEST_F(Launch, a_profile_in_use_is_explained) {
    settings.profile_folder = (folder->path() / "named").string();
    Driver first{settings};
    Driver second{settings};
    first.run([&]() -> awaitable<void> {
        co_await first.reaches(BrowserState::attached);
        const pid_t other = ::fork();
        if (other == 0) {
            bool good = false;
            second.run([&]() -> awaitable<void> {
                const auto sent = second.to_browser("Browser.getVersion");
                const Got got = co_await second.answer(sent);
                good = got.fate == Fate::unavailable && got.text.find("in use by another browser") != std::string::npos;
                if (!good) std::cerr << got.text << '\n';
            });
            ::_exit(good ? 0 : 1);
        }
        int status = 1;
        ::waitpid(other, &status, 0);
        EXPECT_EQ(status, 0);
        EXPECT_EQ(first.browser->status().state, BrowserState::attached) << "the other one was left alone";
    });
    EXPECT_TRUE(fs::exists(settings.profile_folder)) << "a named profile persists";
    EXPECT_EQ(folders(), 0U);
}

TEST_F(Launch, failing_starts_are_explained) {
    const std::pair<std::string, std::string> cases[] = {
        {script(
             "echo '[1:1:ERROR:zygote_host_impl_linux.cc(90)] No usable sandbox! If you are running...' >&2; exit 1"),
         "no usable sandbox"},
        {script("echo 'Running as root without --no-sandbox is not supported' >&2; exit 1"), "as an ordinary user"},
        {script("echo 'DevTools remote debugging requires a non-default data directory.' >&2; exec sleep 300"),
         "Since version 136"},
        {script(
             "echo '[1:1:ERROR:process_singleton] The profile appears to be in use by another Chromium process' >&2; "
             "exit 21"),
         "in use by another browser"},
        {script("# exec /snap/bin/chromium\necho 'cannot perform operation' >&2; exit 46"), "It is a snap"},
    };
    settings.unavailable_grace = 10ms;
    settings.start_limit = 2s;  // the one that goes on without a pipe is given up then
    for (const auto& [path, words] : cases) {
        settings.browser_path = path;
        Driver driver{settings};
        driver.run([&, expected = words]() -> awaitable<void> {
            const auto sent = driver.to_browser("Browser.getVersion");
            const Got got = co_await driver.answer(sent);
            EXPECT_EQ(got.fate, Fate::unavailable);
            EXPECT_NE(got.text.find(expected), std::string::npos) << got.text;
        });
    }
    settings.browser_path = "/no/such/browser";
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_browser("Browser.getVersion");
        const Got got = co_await driver.answer(sent);
        EXPECT_NE(got.text.find("/no/such/browser is missing"), std::string::npos) << got.text;
    });
}

TEST_F(Launch, a_crash_loop_backs_off_up_to_its_cap_and_is_counted) {
    settings.browser_path = script("exit 1");
    settings.backoff_first = 1ms;
    settings.backoff_cap = 20ms;
    settings.healthy_after = 1h;
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        while (driver.browser->status().failures < 8) {
            co_await driver.changed();
            const auto status = driver.browser->status();
            if (status.next_try) {
                EXPECT_LE(*status.next_try - BootClock::now(), settings.backoff_cap);
            }
        }
        EXPECT_EQ(driver.browser->status().restarts, driver.browser->status().failures - 1);
    });
    EXPECT_EQ(folders(), 0U);
}

TEST_F(Launch, one_that_never_answers_is_given_up_and_ended_with_all_its_children) {
    // It floods its standard error, ignores the polite end, and has a child that does so too.
    settings.browser_path = script(
        "trap '' TERM HUP\n(trap '' TERM HUP; sleep 300 & wait) &\n"
        "i=0; while [ $i -lt 20000 ]; do echo 'ERROR: a line of noise' >&2; i=$((i+1)); done\n"
        "while true; do sleep 300 & wait; done");
    settings.start_limit = 500ms;
    settings.stop_grace = 300ms;
    settings.unavailable_grace = 10ms;
    Driver driver{settings};
    TimePoint asked;
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_browser("Browser.getVersion");
        const Got got = co_await driver.answer(sent);
        EXPECT_EQ(got.fate, Fate::unavailable);
        EXPECT_NE(got.text.find("The browser ended at its start (signal 9"), std::string::npos) << got.text;
        asked = BootClock::now();
    });
    EXPECT_LT(BootClock::now() - asked, orphan_limit);
    EXPECT_EQ(folders(), 0U);
}

TEST_F(Launch, stops_in_every_state) {
    {
        Driver driver{settings};  // while launching
        driver.run([&]() -> awaitable<void> {
            co_await driver.reaches(BrowserState::launching);
            driver.to_browser("Browser.getVersion");
        });
        EXPECT_EQ(driver.answers[1].fate, Fate::unavailable);
    }
    settings.browser_path = "/no/such/browser";
    settings.backoff_first = 1h;
    settings.backoff_cap = 1h;
    Driver driver{settings};  // while lost
    driver.run([&]() -> awaitable<void> {
        co_await driver.reaches(BrowserState::lost);
        EXPECT_TRUE(driver.browser->status().next_try);
        driver.to_browser("Browser.getVersion");
    });
    EXPECT_EQ(driver.answers[1].fate, Fate::unavailable);
    EXPECT_EQ(folders(), 0U);
}

}  // namespace
}  // namespace cdp
