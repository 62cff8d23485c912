// A page that was asked to close goes, with its renderer, though Chrome forgets a close that comes shortly before a
// navigation changes the page's document: a real Chromium.
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/write.hpp>

#include "launch_fixture.hpp"

namespace cdp {
namespace {

using namespace net::experimental::awaitable_operators;
using namespace test;
using tcp = net::ip::tcp;

/// From the close to the end of the page's renderer: the next look, and half a second for its `unload`.
constexpr Duration renderer_limit = 5s;

struct Closing : Launch {
    std::vector<pid_t> renderers() const {
        auto found = processes();
        std::erase_if(found, [](pid_t pid) {
            std::ifstream file{"/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary};
            const std::string line{std::istreambuf_iterator<char>{file}, {}};
            return line.find("--type=renderer") == std::string::npos;
        });
        return found;
    }
    static void signal(const std::vector<pid_t>& pids, int number) {
        for (const auto pid : pids) ::kill(pid, number);
    }
    /// Bytes of its memory that are resident.
    static std::size_t resident(pid_t pid) {
        std::ifstream file{"/proc/" + std::to_string(pid) + "/statm"};
        std::size_t pages = 0;
        file >> pages >> pages;  // the second field of proc(5)
        return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    }
    /// The renderer of the page, whose script holds so much memory that no other renderer comes near it.
    awaitable<pid_t> renderer_of(Driver& driver) {
        constexpr std::size_t much = 400'000'000;
        const Got held =
            co_await evaluate(driver, "(window.held = new Uint8Array(" + std::to_string(much) + ").fill(1)).length");
        EXPECT_NE(held.text.find(std::to_string(much)), std::string::npos) << held.text;
        for (const auto pid : renderers()) {
            if (resident(pid) >= much) co_return pid;
        }
        ADD_FAILURE() << "no renderer holds what the page's script holds";
        co_return 0;
    }
    /// The end of that process is an event of its pidfd.
    static awaitable<bool> ends_soon(net::posix::stream_descriptor& process) {
        platform::Timer timer{process.get_executor()};
        timer.expires_after(renderer_limit);
        const auto wanted = net::posix::stream_descriptor::wait_read;
        const auto first = co_await (process.async_wait(wanted, no_throw) || timer.async_wait(no_throw));
        co_return first.index() == 0;
    }
    static awaitable<Got> evaluate(Driver& driver, std::string expression, Duration limit = 20s) {
        const std::string params = R"({"expression":")" + expression + "\"}";
        const auto sent = driver.to_page("Runtime.evaluate", params, limit);
        auto got = co_await driver.answer(sent);
        co_return got;
    }
    /// The page's target, once the page has answered.
    static awaitable<std::string> warm(Driver& driver) {
        const Got first = co_await evaluate(driver, "1");
        EXPECT_EQ(first.fate, Fate::result) << first.text;
        co_return driver.browser->default_page()->id;
    }
    /// Chrome has dealt with all that was sent before.
    static awaitable<void> all_is_read(Driver& driver) {
        const auto asked = driver.to_browser("Browser.getVersion");
        co_await driver.answer(asked);
    }
    static awaitable<void> is_closed(Driver& driver, std::string target) {
        const std::string id = "\"targetId\":\"" + target;
        for (;;) {
            const auto sent = driver.to_browser("Target.getTargets");
            const Got got = co_await driver.answer(sent);
            if (got.text.find(id) == std::string::npos) co_return;
        }
    }

    /// The page navigates to a server that keeps silent, and then answers; from then on until let_commit() the
    /// navigation is about to change the document.
    struct Navigation {
        explicit Navigation(net::io_context& context)
            : server{context, {net::ip::address_v4::loopback(), 0}}, peer{context} {}
        std::string params() const {
            return R"({"url":"http://127.0.0.1:)" + std::to_string(server.local_endpoint().port()) + R"(/"})";
        }
        tcp::acceptor server;
        tcp::socket peer;
        std::vector<pid_t> stopped;
    };
    static awaitable<void> begins(Navigation& navigation) {
        auto [ec, taken] = co_await navigation.server.async_accept(no_throw);
        EXPECT_FALSE(ec);
        navigation.peer = std::move(taken);
    }
    awaitable<void> is_about_to_commit(Navigation& navigation) {
        navigation.stopped = renderers();
        signal(navigation.stopped, SIGSTOP);
        const std::string page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<p>hi";
        auto [ec, size] = co_await net::async_write(navigation.peer, net::buffer(page), no_throw);
        EXPECT_FALSE(ec);
    }
};

TEST_F(Closing, a_page_that_was_replaced_goes_with_its_renderer) {
    settings.page_answer_limit = 1s;
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        const std::string before = co_await warm(driver);
        const pid_t pid = co_await renderer_of(driver);
        const int opened = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
        EXPECT_GE(opened, 0);
        if (opened < 0) co_return;
        net::posix::stream_descriptor renderer{driver.context, opened};
        const auto spins = driver.to_page("Runtime.evaluate", R"({"expression":"for(;;);"})", 3s);
        const Got late = co_await driver.answer(spins);
        EXPECT_EQ(late.fate, Fate::timed_out) << late.text;
        co_await is_closed(driver, before);
        const bool ends = co_await ends_soon(renderer);
        EXPECT_TRUE(ends) << "the renderer goes on";
    });
}

TEST_F(Closing, a_page_that_was_replaced_while_it_navigates_goes) {
    settings.page_answer_limit = 1s;
    Driver driver{settings};
    Navigation navigation{driver.context};
    driver.run([&]() -> awaitable<void> {
        const std::string before = co_await warm(driver);
        const auto sent = driver.to_page("Page.navigate", navigation.params(), 1s);
        co_await begins(navigation);
        const Got late = co_await driver.answer(sent);
        EXPECT_EQ(late.fate, Fate::timed_out) << late.text;
        const auto waits = driver.to_page("DOM.getDocument");
        co_await is_about_to_commit(navigation);
        const Got told = co_await driver.answer(waits);
        EXPECT_NE(told.text.find("replaced it by a new one"), std::string::npos) << told.text;
        co_await all_is_read(driver);
        signal(navigation.stopped, SIGCONT);
        co_await is_closed(driver, before);
        const std::string after = co_await warm(driver);
        EXPECT_NE(after, before);
        while (driver.browser->status().sessions > 2) co_await all_is_read(driver);
    });
}

TEST_F(Closing, a_page_that_navigates_goes_when_it_is_asked_once) {
    Driver driver{settings};
    Navigation navigation{driver.context};
    driver.run([&]() -> awaitable<void> {
        const std::string page = co_await warm(driver);
        driver.to_page("Page.navigate", navigation.params());
        co_await begins(navigation);
        co_await is_about_to_commit(navigation);
        co_await all_is_read(driver);
        const auto closes = driver.to_browser("Target.closeTarget", R"({"targetId":")" + page + R"("})");
        const Got closed = co_await driver.answer(closes);
        EXPECT_EQ(closed.fate, Fate::result) << closed.text;
        signal(navigation.stopped, SIGCONT);
        co_await is_closed(driver, page);
    });
}

}  // namespace
}  // namespace cdp
