// Large results take no more than three times their size in memory, whichever way the browser comes to us: over the
// pipe, over a websocket, and through the browser host, whose memory counts for itself.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/signal_set.hpp>

#include "cdp/browser_host.hpp"
#include "launch_fixture.hpp"
#include "open_chromium.hpp"
#include "tests/support/memory.hpp"
#include "tests/support/sizes.hpp"

namespace cdp {
namespace {

using namespace test;

const std::size_t result_bytes = support::sized(std::size_t{200} << 20, std::size_t{32} << 20);

struct Memory : Launch {
    /// Has the default page give the large result; looks at our memory, and at the other process's.
    awaitable<void> passes_a_large_result(Driver& driver, pid_t other = 0) const {
        const auto warm = driver.to_page("Runtime.evaluate", R"({"expression":"1"})");
        co_await driver.answer(warm);
        support::forget_peak();
        const auto before = support::peak_memory();
        if (other != 0) support::forget_peak(other);
        const auto others_before = other != 0 ? support::peak_memory(other) : 0;
        const auto params =
            R"({"returnByValue":true,"expression":"'x'.repeat()" + std::to_string(result_bytes) + ")\"}";
        const auto sent = driver.to_page("Runtime.evaluate", params);
        while (!driver.answers.contains(sent)) co_await driver.changed();
        const auto took = support::peak_memory() - before;
        EXPECT_GT(driver.answers[sent].text.size(), result_bytes) << driver.answers[sent].text.substr(0, 200);
        EXPECT_GT(took, result_bytes) << "it is held once at least";
        EXPECT_LT(took, 3 * result_bytes + support::memory_slack);
        if (other == 0) co_return;
        const auto others = support::peak_memory(other) - others_before;
        EXPECT_GT(others, result_bytes) << "it is held once at least";
        EXPECT_LT(others, 3 * result_bytes + support::memory_slack);
    }
};

TEST_F(Memory, over_the_pipe) {
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> { co_await passes_a_large_result(driver); });
}

TEST_F(Memory, over_a_websocket) {
    OpenChromium chromium{folder->path()};
    settings.mode = BrowserMode::attach;
    settings.browser_url = chromium.profile().string();
    settings.backoff_first = settings.backoff_cap = 50ms;
    settings.unavailable_grace = 20s;
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        chromium.start(driver.shared);
        co_await passes_a_large_result(driver);
    });
}

TEST_F(Memory, through_the_browser_host) {
    HostSettings host_settings;
    host_settings.browser = settings;
    host_settings.browser.host_socket = (folder->path() / "s").string();
    const pid_t host = ::fork();
    if (host == 0) {
        net::io_context context;
        BrowserHost it{context.get_executor(), host_settings};
        if (it.listen()) ::_exit(1);
        net::signal_set term{context, SIGTERM};
        term.async_wait([&](Error, int) { it.stop(); });
        net::co_spawn(
            context, [&]() -> awaitable<void> { co_await it.run(); }, rethrow);
        context.run();
        ::_exit(0);
    }
    settings.mode = BrowserMode::hosted;
    settings.host_socket = host_settings.browser.host_socket;
    settings.backoff_first = settings.backoff_cap = 50ms;
    settings.unavailable_grace = 20s;
    {
        Driver driver{settings};
        driver.run([&]() -> awaitable<void> { co_await passes_a_large_result(driver, host); });
    }
    ::kill(host, SIGTERM);
    int status = -1;
    ::waitpid(host, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(processes().empty());
}

}  // namespace
}  // namespace cdp
