// Attaching to a browser that somebody else runs: a real Chromium with a DevTools port, and scripted endpoints with
// Chrome's HTTP habits and with others'.
#include <gtest/gtest.h>
#include <signal.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fstream>

#include "cdp/discover.hpp"
#include "cdp/error.hpp"
#include "cdp/temporary_folder.hpp"
#include "driver.hpp"
#include "open_chromium.hpp"
#include "tests/support/sizes.hpp"

namespace cdp {
namespace {

using namespace test;
namespace fs = std::filesystem;
using tcp = net::ip::tcp;
using namespace net::experimental::awaitable_operators;

struct Attach : testing::Test {
    Attach() : folder{*TemporaryFolder::create(temporary_base({}))} {
        settings.mode = BrowserMode::attach;
        settings.backoff_first = 50ms;
        settings.backoff_cap = 100ms;
        settings.unavailable_grace = 20s;
    }
    TemporaryFolder folder;
    Settings settings;
};

TEST_F(Attach, by_profile_folder_and_finds_it_again_after_a_restart_at_another_port) {
    OpenChromium chromium{folder.path()};
    settings.browser_url = chromium.profile().string();
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        chromium.start(driver.shared);
        const auto first = driver.to_page("Runtime.evaluate", R"({"expression":"20+1"})");
        const Got got = co_await driver.answer(first);
        EXPECT_NE(got.text.find("21"), std::string::npos) << got.text;
        const auto before = chromium.port_file();
        const auto never =
            driver.to_page("Runtime.evaluate", R"x({"expression":"new Promise(()=>{})","awaitPromise":true})x");
        const auto sync = driver.to_page("Runtime.evaluate", R"({"expression":"1"})");
        co_await driver.answer(sync);
        co_await chromium.kill();
        const Got lost = co_await driver.answer(never);
        EXPECT_EQ(lost.fate, Fate::lost);
        co_await driver.reaches(BrowserState::lost);
        chromium.start(driver.shared);
        const auto again = driver.to_page("Runtime.evaluate", R"({"expression":"20+2"})", 40s);
        const Got back = co_await driver.answer(again);
        EXPECT_NE(back.text.find("22"), std::string::npos) << back.text;
        EXPECT_NE(chromium.port_file(), before);
    });
}

TEST_F(Attach, by_host_and_port_and_finds_it_again_after_a_restart_with_another_path) {
    OpenChromium chromium{folder.path()};
    Driver driver{settings};
    tcp::acceptor held{driver.context, {net::ip::address_v4::loopback(), 0}};
    const auto port = held.local_endpoint().port();
    held.close();
    driver.settings.browser_url = "127.0.0.1:" + std::to_string(port);
    driver.run([&]() -> awaitable<void> {
        chromium.start(driver.shared, port);
        const auto first = driver.to_page("Runtime.evaluate", R"({"expression":"20+1"})");
        const Got got = co_await driver.answer(first);
        EXPECT_NE(got.text.find("21"), std::string::npos) << got.text;
        const tcp::endpoint address{net::ip::address_v4::loopback(), port};
        const auto before = co_await fetch_version(address);
        co_await chromium.kill();
        co_await driver.reaches(BrowserState::lost);
        chromium.start(driver.shared, port);
        const auto again = driver.to_page("Runtime.evaluate", R"({"expression":"20+2"})", 40s);
        const Got back = co_await driver.answer(again);
        EXPECT_NE(back.text.find("22"), std::string::npos) << back.text;
        const auto after = co_await fetch_version(address);
        EXPECT_TRUE(before && after);
        EXPECT_NE(*path_in_version(*before), *path_in_version(*after));
    });
}

TEST_F(Attach, by_url_in_all_its_forms_and_leaves_the_browser_alone) {
    OpenChromium chromium{folder.path()};
    const auto outer = std::make_shared<net::io_context>();
    chromium.start(outer);
    // The folder tells when it is up; then its port is known.
    settings.browser_url = chromium.profile().string();
    {
        Driver driver{settings};
        driver.run([&]() -> awaitable<void> { co_await driver.reaches(BrowserState::attached); });
    }
    const auto active = parse_active_port(chromium.port_file());
    ASSERT_TRUE(active);
    const auto port = std::to_string(active->port);
    for (const auto& url : {"http://127.0.0.1:" + port, "localhost:" + port, "ws://127.0.0.1:" + port + active->path,
                            "ws://127.0.0.1:" + port + "/devtools/browser/from-an-earlier-start"}) {
        settings.browser_url = url;
        Driver driver{settings};
        driver.run([&]() -> awaitable<void> {
            const auto sent = driver.to_page("Runtime.evaluate", R"({"expression":"7*6"})");
            const Got got = co_await driver.answer(sent);
            EXPECT_NE(got.text.find("42"), std::string::npos) << url << ": " << got.text;
        });
    }
}

TEST_F(Attach, a_browser_that_lives_on_takes_the_last_commands) {
    OpenChromium chromium{folder.path()};
    settings.browser_url = chromium.profile().string();
    const auto loop = std::make_shared<net::io_context>();
    std::string context;
    {
        Driver driver{settings, loop};
        driver.run([&]() -> awaitable<void> {
            chromium.start(driver.shared);
            const auto made = driver.to_browser("Target.createBrowserContext");
            const Got got = co_await driver.answer(made);
            context = got.text;
            // Its answer is not waited for.
            driver.to_browser("Target.disposeBrowserContext", context);
        });
    }
    Driver driver{settings, loop};
    driver.run([&]() -> awaitable<void> {
        const auto asked = driver.to_browser("Target.getBrowserContexts");
        const Got got = co_await driver.answer(asked);
        EXPECT_NE(got.text.find(R"("browserContextIds":[])"), std::string::npos) << got.text << " after " << context;
    });
}

TEST_F(Attach, large_results_pass_the_websocket) {
    OpenChromium chromium{folder.path()};
    settings.browser_url = chromium.profile().string();
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        chromium.start(driver.shared);
        const auto warm = driver.to_page("Runtime.evaluate", R"({"expression":"1"})");
        co_await driver.answer(warm);
        const std::size_t result_bytes = support::sized(std::size_t{20} << 20, std::size_t{8} << 20);
        const auto sent = driver.to_page("Runtime.evaluate", R"({"returnByValue":true,"expression":"'x'.repeat()" +
                                                                 std::to_string(result_bytes) + ")\"}");
        const Got got = co_await driver.answer(sent);
        EXPECT_EQ(got.fate, Fate::result) << got.text.substr(0, 200);
        EXPECT_GT(got.text.size(), result_bytes);
        const std::size_t command_bytes = support::sized(std::size_t{99} << 20, std::size_t{16} << 20);
        std::string params = R"({"expression":"')" + std::string(command_bytes, 'y') + "'.length\"}";
        const auto large = driver.to_page("Runtime.evaluate", params);
        const Got length = co_await driver.answer(large);
        EXPECT_NE(length.text.find(std::to_string(command_bytes)), std::string::npos) << length.text.substr(0, 200);
    });
}

/// A scripted endpoint: answers each request on a connection with the next of `answers`.
class Endpoint {
  public:
    Endpoint(net::io_context& context, std::string answer)
        : acceptor_{context, {net::ip::address_v4::loopback(), 0}}, answer_{std::move(answer)} {}
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    awaitable<void> serve_one() {
        auto [ec, socket] = co_await acceptor_.async_accept(no_throw);
        if (ec) co_return;
        auto [read_ec, n] = co_await net::async_read_until(socket, net::dynamic_buffer(request), "\r\n\r\n", no_throw);
        if (read_ec) co_return;
        co_await net::async_write(socket, net::buffer(answer_), no_throw);
        // Like Chrome: the connection stays open.
        char more = 0;
        co_await socket.async_read_some(net::buffer(&more, 1), no_throw);
    }
    std::string request;

  private:
    tcp::acceptor acceptor_;
    std::string answer_;
};

Result<std::string> fetch(const std::string& answer, std::string* request = nullptr) {
    net::io_context context;
    Endpoint endpoint{context, answer};
    Result<std::string> body = Error{};
    net::co_spawn(
        context,
        [&]() -> awaitable<void> {
            const tcp::endpoint address{net::ip::address_v4::loopback(), endpoint.port()};
            auto ask = [&]() -> awaitable<void> { body = co_await fetch_version(address); };
            co_await (ask() && endpoint.serve_one());
        },
        rethrow);
    context.run_for(5s);
    if (request != nullptr) *request = endpoint.request;
    return body;
}

TEST(FetchVersion, reads_by_content_length_while_the_connection_stays_open) {
    std::string request;
    const auto body =
        fetch("HTTP/1.1 200 OK\r\nContent-Security-Policy:frame-ancestors 'none'\r\nContent-Length:5\r\n\r\n{\"a\"}",
              &request);
    ASSERT_TRUE(body) << body.error().message();
    EXPECT_EQ(*body, "{\"a\"}");
    EXPECT_TRUE(request.starts_with("GET /json/version HTTP/1.1\r\nHost: 127.0.0.1:")) << request;
    EXPECT_EQ(request.find("Origin"), std::string::npos);
    EXPECT_EQ(*fetch("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"), "{}");
}

TEST(FetchVersion, refuses_what_is_no_devtools_endpoint) {
    for (const auto* answer :
         {"HTTP/1.1 404 Not Found\r\nContent-Length:0\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length:99999999\r\n\r\n{}", "HTTP/1.1 200 OK\r\nContent-Length:-1\r\n\r\n{}"}) {
        EXPECT_EQ(fetch(answer).error(), Errc::not_devtools) << answer;
    }
}

/// One try, and the command is told of it.
void give_up_at_once(Settings& settings) {
    settings.unavailable_grace = 1ms;
    settings.backoff_first = settings.backoff_cap = 1h;
}

/// What a command is told when nothing can be attached to.
std::string told(Settings settings) {
    give_up_at_once(settings);
    Driver driver{settings};
    std::string text;
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_browser("Browser.getVersion");
        const Got got = co_await driver.answer(sent);
        EXPECT_EQ(got.fate, Fate::unavailable);
        text = got.text;
    });
    return text;
}

void expect_told(const Settings& settings, std::string_view words) {
    const auto text = told(settings);
    EXPECT_NE(text.find(words), std::string::npos) << text;
}

TEST_F(Attach, explains_what_it_cannot_attach_to) {
    settings.browser_url = "ws://127.0.0.1:1/devtools/page/X";
    expect_told(settings, "cannot be read");
    settings.browser_url = "192.0.2.1:9222";
    expect_told(settings, "browser.allow_remote ");
    settings.allow_remote_browser = true;
    settings.start_limit = 200ms;  // nobody answers there
    EXPECT_EQ(told(settings).find("allow_remote"), std::string::npos);
    settings.browser_url = "http://127.0.0.1:1";
    expect_told(settings, "No browser answers at");
    settings.browser_url = folder.path().string();
    expect_told(settings, "There is no DevToolsActivePort");
    std::ofstream{folder.path() / "DevToolsActivePort"} << "1\n/devtools/browser/dead";
    expect_told(settings, "names a browser that runs no more");
}

TEST_F(Attach, the_upgrade_names_no_origin_offers_no_compression_and_takes_no_proxy) {
    for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"})
        ::setenv(name, "http://192.0.2.1:1", 1);
    Driver driver{settings};
    // It answers the websocket's upgrade as it answers the question before it, which refuses it.
    const std::string body = R"({"webSocketDebuggerUrl":"ws://127.0.0.1/devtools/browser/x"})";
    Endpoint endpoint{driver.context,
                      "HTTP/1.1 200 OK\r\nContent-Length:" + std::to_string(body.size()) + "\r\n\r\n" + body};
    driver.settings.browser_url = "127.0.0.1:" + std::to_string(endpoint.port());
    give_up_at_once(driver.settings);
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_browser("Browser.getVersion");
        co_await endpoint.serve_one();
        EXPECT_EQ(endpoint.request.find("Origin:"), std::string::npos) << endpoint.request;
        endpoint.request.clear();
        co_await endpoint.serve_one();
        co_await driver.answer(sent);
    });
    for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"}) ::unsetenv(name);
    EXPECT_TRUE(endpoint.request.starts_with("GET /devtools/browser/x HTTP/1.1\r\n")) << endpoint.request;
    EXPECT_NE(endpoint.request.find("Sec-WebSocket-Key"), std::string::npos) << endpoint.request;
    for (const char* unwanted : {"Origin:", "Sec-WebSocket-Extensions", "Proxy-"})
        EXPECT_EQ(endpoint.request.find(unwanted), std::string::npos) << endpoint.request;
}

TEST_F(Attach, a_port_file_whose_port_another_browser_holds_is_stale) {
    Driver driver{settings};
    const std::string body = R"({"webSocketDebuggerUrl":"ws://127.0.0.1/devtools/browser/other"})";
    Endpoint endpoint{driver.context,
                      "HTTP/1.1 200 OK\r\nContent-Length:" + std::to_string(body.size()) + "\r\n\r\n" + body};
    std::ofstream{folder.path() / "DevToolsActivePort"} << endpoint.port() << "\n/devtools/browser/ours";
    driver.settings.browser_url = folder.path().string();
    give_up_at_once(driver.settings);
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_browser("Browser.getVersion");
        co_await endpoint.serve_one();
        const Got got = co_await driver.answer(sent);
        EXPECT_NE(got.text.find("runs no more"), std::string::npos) << got.text;
    });
}

TEST_F(Attach, a_port_that_another_program_holds_is_said_to_be_taken) {
    Driver driver{settings};
    Endpoint endpoint{driver.context, "SSH-2.0-OpenSSH_9.2\r\n\r\n"};
    driver.settings.browser_url = "127.0.0.1:" + std::to_string(endpoint.port());
    give_up_at_once(driver.settings);
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_browser("Browser.getVersion");
        co_await endpoint.serve_one();
        const Got got = co_await driver.answer(sent);
        EXPECT_NE(got.text.find("the port may be taken by another program"), std::string::npos) << got.text;
    });
}

TEST_F(Attach, one_that_takes_connections_and_does_not_answer_is_given_up) {
    Driver driver{settings};
    tcp::acceptor silent{driver.context, {net::ip::address_v4::loopback(), 0}};
    driver.settings.browser_url = "127.0.0.1:" + std::to_string(silent.local_endpoint().port());
    driver.settings.start_limit = 200ms;
    driver.settings.unavailable_grace = 1ms;
    driver.run([&]() -> awaitable<void> {
        const auto sent = driver.to_browser("Browser.getVersion");
        const Got got = co_await driver.answer(sent);
        EXPECT_NE(got.text.find("does not answer"), std::string::npos) << got.text;
    });
}

}  // namespace
}  // namespace cdp
