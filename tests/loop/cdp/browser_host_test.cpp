// A browser host with a real Chromium, and agents that come, go, crowd and are strangers.
#include "cdp/browser_host.hpp"

#include <grp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "cdp/core/targets.hpp"
#include "cdp/profile.hpp"
#include "driver.hpp"

namespace cdp {
namespace {

using namespace test;
namespace fs = std::filesystem;
using local = net::local::stream_protocol;

/// The host runs on the loop of the agent's driver: one thread, two programs' worth of code.
struct Hosted : testing::Test {
    Hosted() : folder{*TemporaryFolder::create(temporary_base({}))} {
        host_settings.browser = real_browser();
        host_settings.browser.runtime_folder = (folder.path() / "run").string();
        host_settings.browser.host_socket = (folder.path() / "s").string();
        settings.mode = BrowserMode::hosted;
        settings.host_socket = host_settings.browser.host_socket;
        settings.backoff_first = 50ms;
        settings.backoff_cap = 100ms;
    }
    std::size_t folders() const {
        std::error_code none;
        return static_cast<std::size_t>(std::distance(
            fs::directory_iterator{host_settings.browser.runtime_folder, none}, fs::directory_iterator{}));
    }
    std::vector<pid_t> processes() const { return processes_in(host_settings.browser.runtime_folder); }

    TemporaryFolder folder;
    HostSettings host_settings;
    Settings settings;
};

/// A host for as long as it lives, on a loop that a driver runs.
struct RunningHost {
    RunningHost(net::io_context& context, const HostSettings& settings) : host{context.get_executor(), settings} {
        const Error ec = host.listen();
        EXPECT_FALSE(ec) << ec.message();
        net::co_spawn(
            context,
            [this]() -> awaitable<void> {
                co_await host.run();
                ended = true;
            },
            rethrow);
    }
    BrowserHost host;
    bool ended = false;
};

/// Lets the loop go on until the host has ended.
void finish(net::io_context& context, RunningHost& running) {
    running.host.stop();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    context.restart();
    while (!running.ended && std::chrono::steady_clock::now() < end) context.run_one_until(end);
    EXPECT_TRUE(running.ended);
}

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

/// Somebody who may connect and does not speak as our agents do.
struct Stranger {
    explicit Stranger(net::io_context& context) : socket{context} {}

    /// The session that the host gives; the browser is there then.
    awaitable<std::string> greeted(std::string path) {
        const local::endpoint endpoint{path};
        auto [ec] = co_await socket.async_connect(endpoint, no_throw);
        EXPECT_FALSE(ec) << ec.message();
        auto into = net::dynamic_buffer(said);
        auto [failed, count] = co_await net::async_read_until(socket, into, '\0', no_throw);
        EXPECT_FALSE(failed) << failed.message();
        const auto host = raw_member(std::string_view{said}.substr(0, count - 1), "host");
        auto session = member(host, "session");
        EXPECT_FALSE(session.empty()) << said;
        said.erase(0, count);
        co_return session;
    }
    awaitable<Error> write(std::string text) {
        auto [ec, count] = co_await net::async_write(socket, net::buffer(text), no_throw);
        co_return ec;
    }
    /// Whether the host ends the connection; what it says before is thrown away.
    awaitable<void> until_ended() {
        std::string piece(1 << 16, '\0');
        for (;;) {
            auto [ec, count] = co_await socket.async_read_some(net::buffer(piece), no_throw);
            if (ec) co_return;
        }
    }

    local::socket socket;
    std::string said;
};

TEST_F(Hosted, a_message_beyond_the_browsers_limit_ends_its_agent_and_not_a_byte_of_it_is_passed_on) {
    Driver driver{settings};
    RunningHost host{driver.context, host_settings};
    Stranger stranger{driver.context};
    pid_t before = 0;
    net::co_spawn(
        driver.context,
        [&]() -> awaitable<void> {
            const auto session = co_await stranger.greeted(settings.host_socket);
            before = processes().front();
            // Were its beginning passed on, it would hold a whole command.
            std::string text = R"({"id":7,"method":"Browser.close","sessionId":")" + session + "\"}";
            text.append(max_command_bytes, ' ').append(1, '\0');
            co_await stranger.write(std::move(text));
            co_await stranger.until_ended();
            stranger.socket.close();
        },
        rethrow);
    const auto gone = [&] { return !stranger.socket.is_open() && before != 0; };
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (!gone() && std::chrono::steady_clock::now() < end) driver.context.run_one_until(end);
    EXPECT_TRUE(gone()) << "the host goes on with it";
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_page("Runtime.evaluate", R"({"expression":"6*7"})");
        const Got got = co_await driver.answer(sent);
        EXPECT_NE(got.text.find("42"), std::string::npos) << got.text;
        EXPECT_EQ(processes().front(), before) << "the browser lives on";
        host.host.stop();
    });
    finish(driver.context, host);
}

TEST_F(Hosted, an_agent_that_does_not_read_is_ended_at_its_backlog_and_the_browser_is_read_on) {
    host_settings.max_backlog = std::size_t{4} << 20;
    Driver driver{settings};
    RunningHost host{driver.context, host_settings};
    Stranger stranger{driver.context};
    bool asked = false;
    net::co_spawn(
        driver.context,
        [&]() -> awaitable<void> {
            const auto session = co_await stranger.greeted(settings.host_socket);
            // The browser's own description of itself, some kilobytes each time, and nobody takes it.
            std::string text;
            for (int id = 1; id <= 20'000; ++id) {
                text.append(R"({"id":)")
                    .append(std::to_string(id))
                    .append(R"(,"method":"Browser.getVersion","sessionId":")");
                text.append(session).append("\"}").append(1, '\0');
            }
            co_await stranger.write(std::move(text));
            asked = true;
        },
        rethrow);
    const auto end = std::chrono::steady_clock::now() + 30s;
    const auto let_go = [&] { return asked && host.host.state() == HostState::ready; };
    while (!let_go() && std::chrono::steady_clock::now() < end) driver.context.run_one_until(end);
    EXPECT_TRUE(let_go()) << "the host holds what nobody takes";
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_page("Runtime.evaluate", R"({"expression":"6*7"})");
        const Got got = co_await driver.answer(sent);
        EXPECT_NE(got.text.find("42"), std::string::npos) << got.text;
        host.host.stop();
    });
    finish(driver.context, host);
}

TEST_F(Hosted, a_stopped_browser_is_replaced) {
    host_settings.browser.start_limit = 2s;
    settings.idle_check_every = 200ms;
    settings.idle_check_limit = 1s;
    Driver driver{settings};
    RunningHost host{driver.context, host_settings};
    driver.run([&]() -> awaitable<void> {
        const auto first = driver.to_page("Runtime.evaluate", R"({"expression":"1"})");
        co_await driver.answer(first);
        const auto stopped = processes();
        for (const auto pid : stopped) ::kill(pid, SIGSTOP);
        const auto in_vain = driver.to_browser("Target.getTargets");
        const Got lost = co_await driver.answer(in_vain);
        EXPECT_EQ(lost.fate, Fate::lost);
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

/// What the host says to a process of that user which connects; empty: it could not, or nothing came.
std::string greeting_for(net::io_context& context, const std::string& path, uid_t user, gid_t group) {
    int pipe[2];
    EXPECT_EQ(::pipe(pipe), 0);
    const pid_t stranger = ::fork();
    if (stranger == 0) {
        // Others may look at the folder, and the socket is the group's: what keeps him out is the host alone.
        if (::setgroups(0, nullptr) != 0 || ::setgid(group) != 0 || ::setuid(user) != 0) ::_exit(2);
        net::io_context own;
        local::socket socket{own};
        Error ec;
        socket.connect(local::endpoint{path}, ec);
        std::string said;
        if (!ec) net::read_until(socket, net::dynamic_buffer(said), '\0', ec);
        [[maybe_unused]] const auto written = ::write(pipe[1], said.data(), said.size());
        ::_exit(0);
    }
    ::close(pipe[1]);
    int status = -1;
    const auto end = std::chrono::steady_clock::now() + 10s;
    context.restart();
    while (::waitpid(stranger, &status, WNOHANG) == 0 && std::chrono::steady_clock::now() < end)
        context.run_one_for(50ms);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    if (!WIFEXITED(status)) {  // it waits in vain
        ::kill(stranger, SIGKILL);
        ::waitpid(stranger, nullptr, 0);
    }
    char text[4096];
    const auto got = ::read(pipe[0], text, sizeof text);
    ::close(pipe[0]);
    return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : std::string{};
}

// Needs root, to be two users.
TEST_F(Hosted, lets_in_whom_the_kernel_says_is_allowed_and_nobody_else) {
    constexpr uid_t stranger = 65534;
    constexpr gid_t group = 65534;
    fs::permissions(folder.path(), fs::perms::owner_all | fs::perms::others_exec | fs::perms::group_exec);
    host_settings.browser.browser_path = "/no/such/browser";  // how far the allowed one came
    host_settings.socket_group = group;
    net::io_context context;
    {
        RunningHost host{context, host_settings};
        const auto refused = greeting_for(context, settings.host_socket, stranger, group);
        EXPECT_NE(refused.find("this user may not use the browser host"), std::string::npos) << refused;
        EXPECT_EQ(host.host.state(), HostState::idle) << "no browser is started for a stranger";
        finish(context, host);
    }
    host_settings.allowed_users = {stranger};
    RunningHost host{context, host_settings};
    const auto allowed = greeting_for(context, settings.host_socket, stranger, group);
    EXPECT_NE(allowed.find("/no/such/browser is missing"), std::string::npos) << allowed;
    finish(context, host);
}

}  // namespace
}  // namespace cdp
