// What the parts of the daemon are made with, real ones: a store in a folder of the test's own, tokens, hooks that are
// configured and not run. And those who are told what the parts ask for.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/config/config.hpp"
#include "agent/credentials/store.hpp"
#include "agent/credentials/tokens.hpp"
#include "agent/daemon/health_listener.hpp"
#include "agent/daemon/leaver.hpp"
#include "agent/daemon/link_state.hpp"
#include "agent/hooks/hooks.hpp"
#include "agent/pairing/binding.hpp"
#include "agent/pairing/store_settings.hpp"
#include "platform/worker.hpp"
#include "tests/support/store.hpp"
#include "tests/support/temp_folder.hpp"

namespace parts {

using namespace std::chrono_literals;
using hooks::HookEvent;

constexpr const char* device_one = "6f1c2a3b-0000-4000-8000-000000000001";
constexpr const char* device_two = "6f1c2a3b-0000-4000-8000-000000000002";

inline void name_backend(config::Config& config, const std::string& url) {
    config.api.url = url;
    config.named.api_url = "agent.toml:3";
    config.realtime.url = url + "/realtime/v1";
    config.pairing.rest_url = url + "/rest/v1";
}

/// No browser of ours, every hook configured.
inline config::Config config_in(const tests::TempFolder& home) {
    config::Config config;
    config.paths.state = home / "state";
    config.paths.runtime = home / "runtime";
    config.credentials.bind = false;
    config.browser.mode = cdp::BrowserMode::attach;
    config.relay.spool.folder = (home / "spool").string();
    for (auto& command : config.hooks.commands) command = {"/bin/true"};
    name_backend(config, "https://mine.test");
    return config;
}

/// Writes down how the links are left. `when_left` looks around at that moment.
class Leaving final : public agent::daemon::Leaver {
  public:
    bool serving() const override { return up; }
    void leave(std::string reason) override {
        reasons.push_back(std::move(reason));
        when_left();
    }

    bool up = true;
    std::vector<std::string> reasons;
    std::function<void()> when_left = [] {};
};

class Health final : public agent::daemon::HealthListener {
  public:
    void on_health() override { ++told; }
    int told = 0;
};

class Parts : public testing::Test {
  protected:
    Parts() { EXPECT_FALSE(store.open()); }

    credentials::Credential credential(const char* device = device_one, const std::string& token = "token-1") const {
        credentials::Credential made;
        made.device_uuid = device;
        made.device_name = "a test";
        made.access_token = credentials::Secret(std::string_view(token));
        made.backend = pairing::configured_backend(config);
        made.backend.issuer.clear();
        made.paired_at = platform::wall_now();
        return made;
    }
    /// As a pairing by another process does; and what is in use is what is stored.
    void store_one(const credentials::Credential& one) { ASSERT_FALSE(tests::save(store, one)); }
    void use_stored() {
        auto stored = store.load();
        ASSERT_TRUE(stored);
        tokens.adopt(std::move(*stored));
    }
    void pair() {
        store_one(credential());
        use_stored();
    }
    /// Likewise of a token that others put here.
    void use_outside(credentials::Origin origin = credentials::Origin::file) {
        auto given = credential();
        given.origin = origin;
        tokens.adopt(std::move(given));
    }

    /// Whether that event's hook waits to be run. The question itself makes it wait: to be asked once.
    bool fired(HookEvent event) {
        const auto before = hooks.counters().dropped;
        hooks.fire(event);
        return hooks.counters().dropped > before;
    }

    void start(std::function<awaitable<void>()> loop) {
        auto whole = [this, loop]() -> awaitable<void> {
            co_await loop();
            ++ended;
        };
        net::co_spawn(io, std::move(whole), net::bind_cancellation_slot(cancels.emplace_back().slot(), rethrow));
        settle();
    }
    void cancel_all() {
        for (auto& one : cancels) one.emit(net::cancellation_type::terminal);
    }
    /// Runs what is ready now, and waits for nothing.
    void settle() {
        if (io.stopped()) io.restart();
        io.poll();
    }
    /// Runs the loop until `done` says yes. False: it did not in time.
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = 4s) {
        const auto end = platform::BootClock::now() + limit;
        while (!done() && platform::BootClock::now() < end) {
            if (io.stopped()) io.restart();
            io.run_one_for(10ms);
        }
        return done();
    }
    /// What a loop returns.
    template <class T>
    T result_of(awaitable<T> work) {
        std::optional<T> result;
        auto whole = [&]() -> awaitable<void> {
            auto got = co_await std::move(work);
            result.emplace(std::move(got));
        };
        net::co_spawn(io, std::move(whole), rethrow);
        EXPECT_TRUE(until([&] { return result.has_value(); }));
        return std::move(*result);
    }
    void TearDown() override {
        cancel_all();
        settle();
    }

    tests::TempFolder home;
    config::Config config = config_in(home);
    net::io_context io{1};
    std::deque<net::cancellation_signal> cancels;  // of each loop that was started
    platform::Worker network{"network"};
    credentials::Store store{pairing::store_settings(config)};
    platform::Worker files{"files"};
    credentials::Tokens tokens{io.get_executor(), &store, {}, &files};
    hooks::Hooks hooks{io.get_executor(), config.hooks};
    agent::daemon::LinkState state{io.get_executor()};
    Leaving leaving;
    Health health;
    int ended = 0;
};

/// Of a link in that state.
inline realtime::Status status_of(realtime::State state, std::string reason = {},
                                  realtime::Cause cause = realtime::Cause::passing) {
    realtime::Status status;
    status.state = state;
    status.reason = std::move(reason);
    status.cause = cause;
    return status;
}

}  // namespace parts
