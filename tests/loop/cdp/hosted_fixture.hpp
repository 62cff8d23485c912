// What the tests of the browser host share: a host with a real Chromium below a folder of the test's own.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <functional>

#include "cdp/browser_host.hpp"
#include "cdp/leftovers.hpp"
#include "cdp/temporary_folder.hpp"
#include "driver.hpp"

namespace cdp::test {

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

/// Lets the loop go on until it is so; false: it never was.
inline bool run_until(net::io_context& context, const std::function<bool()>& so) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    context.restart();
    while (!so() && std::chrono::steady_clock::now() < end) context.run_one_until(end);
    return so();
}

/// Lets the loop go on until the host has ended.
inline void finish(net::io_context& context, RunningHost& running) {
    running.host.stop();
    EXPECT_TRUE(run_until(context, [&running] { return running.ended; }));
}

}  // namespace cdp::test
