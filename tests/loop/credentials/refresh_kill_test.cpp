// A refresh under kill -9, whole: the store, the request, and a server that rotates refresh tokens and takes a used one
// for ten seconds more. Whichever step was the last one, the restarted agent has its session, and the server saw no
// reuse that it punishes.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "agent/credentials/token_endpoint.hpp"
#include "platform/file.hpp"
#include "tests/support/store.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/world.hpp"

namespace {

using namespace credentials;
using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* client = "a client";

int refresh_steps_left = 0;
std::string last_step;

void die_at_last_refresh_step(std::string_view step) {
    last_step = step;
    if (--refresh_steps_left == 0) ::kill(::getpid(), SIGKILL);
}

/// What one run of the program does with its token: load, refresh, end. 0: it has another token than before.
int refresh_once(const StoreSettings& settings) {
    net::io_context io;
    platform::Worker network{"refresh-kill"};
    Store store{settings};
    if (store.open()) return 1;
    auto credential = store.load();
    if (!credential) return 2;
    platform::NetOptions way;
    way.proxy = "none";
    Tokens tokens{io.get_executor(), &store, make_fetch(network, way)};
    tokens.adopt(std::move(*credential));
    Error ended = Errc::stopped;
    const auto run = [&]() -> awaitable<void> { co_await tokens.run(); };
    const auto ask = [&]() -> awaitable<void> {
        ended = co_await tokens.refresh();
        tokens.stop();
    };
    net::co_spawn(io, run, rethrow);
    net::co_spawn(io, ask, rethrow);
    io.run_for(10s);
    return ended ? 3 : 0;
}

/// In a process of its own, killed after `steps` durable steps; 0: it comes to its end.
struct Ended {
    bool killed = false;
    int code = 0;
};
Ended in_a_child(const StoreSettings& settings, int steps) {
    const pid_t child = ::fork();
    if (child == 0) {
        refresh_steps_left = steps;
        if (steps > 0) platform::set_step_hook(die_at_last_refresh_step);
        ::_exit(refresh_once(settings));
    }
    int how = 0;
    EXPECT_EQ(::waitpid(child, &how, 0), child);
    return {WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL, WIFEXITED(how) ? WEXITSTATUS(how) : -1};
}

TEST(RefreshKill, NoStepLosesTheSession) {
    support::World world;
    tests::TempFolder home;
    const std::string url = "http://127.0.0.1:" + std::to_string(world.port()) + "/oauth/token";
    int step = 1;
    for (;; ++step) {
        const StoreSettings settings{.folder = home / ("store-" + std::to_string(step)), .bind = false};
        const auto granted = json::parse(world.admin("oauth", json{{"grant", client}}.dump()));
        Credential credential;
        credential.device_uuid = "6f1c2a3b-0000-4000-8000-000000000001";
        credential.access_token = Secret(granted["access_token"].get<std::string>());
        credential.refresh = RefreshGrant{Secret(granted["refresh_token"].get<std::string>()), client, url};
        ASSERT_FALSE(tests::save(Store(settings), credential));
        const auto first = in_a_child(settings, step);
        if (!first.killed) {
            EXPECT_EQ(first.code, 0);
            break;
        }
        // Restarted at once, and once more: what it has now is good for the next time too.
        for (int restart = 1; restart <= 2; ++restart) {
            const auto again = in_a_child(settings, 0);
            EXPECT_EQ(again.code, 0) << "killed at step " << step << ", restart " << restart;
        }
    }
    EXPECT_GE(step, 6) << "the walk saw too few steps";
    const auto counted = json::parse(world.get("/admin/oauth"));
    EXPECT_EQ(counted["families_revoked"], 0);
    EXPECT_GE(counted["reuses"].get<int>(), 1) << "no kill fell between the server's answer and the disk";
}

}  // namespace
