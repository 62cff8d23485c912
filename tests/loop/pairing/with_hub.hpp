// What the tests of this folder share: the stand-in of the backend on the test's own loop.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "agent/credentials/credential.hpp"
#include "platform/clock.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"
#include "tests/hub/hub.hpp"
#include "tests/hub/tenant.hpp"

namespace pairing::test {

using namespace std::chrono_literals;

inline constexpr const char* device_one = "6f1c2a3b-0000-4000-8000-000000000001";
inline constexpr const char* device_two = "6f1c2a3b-0000-4000-8000-000000000002";

inline hub::Settings short_penalties() {
    hub::Settings settings;
    settings.join_penalty = hub::milliseconds{20};
    settings.upgrade_penalty = hub::milliseconds{20};
    return settings;
}

class WithHub : public testing::Test {
  protected:
    WithHub() : backend{io, short_penalties()} {
        const Error ec = backend.start();
        EXPECT_FALSE(ec) << ec.message();
    }
    ~WithHub() override {
        backend.stop();
        if (io.stopped()) io.restart();
        io.poll();
    }

    /// What a loop returns; the loop is run until then.
    template <class T>
    T result_of(awaitable<T> work) {
        std::optional<T> result;
        auto whole = [&]() -> awaitable<void> {
            auto got = co_await std::move(work);
            result.emplace(std::move(got));
        };
        net::co_spawn(io, std::move(whole), rethrow);
        const auto end = platform::BootClock::now() + 30s;
        while (!result && platform::BootClock::now() < end) {
            if (io.stopped()) io.restart();
            io.run_one_for(10ms);
        }
        EXPECT_TRUE(result.has_value());
        return std::move(*result);
    }

    net::io_context io{1};
    platform::Worker network{"network"};
    hub::Hub backend;
};

}  // namespace pairing::test
