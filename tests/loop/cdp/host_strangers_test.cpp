// A browser host and who may connect without being an agent of ours: users who may not, and peers that send too much or
// read too little.
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "cdp/core/targets.hpp"
#include "hosted_fixture.hpp"

namespace cdp {
namespace {

using namespace test;

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
    EXPECT_TRUE(run_until(driver.context, gone)) << "the host goes on with it";
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
    const auto let_go = [&] { return asked && host.host.state() == HostState::ready; };
    EXPECT_TRUE(run_until(driver.context, let_go)) << "the host holds what nobody takes";
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_page("Runtime.evaluate", R"({"expression":"6*7"})");
        const Got got = co_await driver.answer(sent);
        EXPECT_NE(got.text.find("42"), std::string::npos) << got.text;
        host.host.stop();
    });
    finish(driver.context, host);
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
