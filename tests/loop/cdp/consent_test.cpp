// A person's Chrome: it tells nothing over HTTP, and asks for consent to each websocket. Scripted is the question
// alone: behind it is a real Chromium.
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fstream>

#include "cdp/discover.hpp"
#include "cdp/temporary_folder.hpp"
#include "driver.hpp"
#include "open_chromium.hpp"

namespace cdp {
namespace {

using namespace test;
namespace fs = std::filesystem;
using tcp = net::ip::tcp;
using namespace net::experimental::awaitable_operators;

class PersonsChrome {
  public:
    /// `folder` gets the port file.
    PersonsChrome(net::io_context& context, fs::path folder)
        : context_{context},
          folder_{std::move(folder)},
          acceptor_{context, {net::ip::address_v4::loopback(), 0}},
          said_{context, TimePoint::max()} {
        write_file("/devtools/browser/first");
        net::co_spawn(
            context_, [this] { return accept(); }, rethrow);
    }
    ~PersonsChrome() { acceptor_.close(); }

    /// As another start of Chrome does.
    void write_file(const std::string& path) {
        const fs::path next = folder_ / "next";
        std::ofstream{next} << acceptor_.local_endpoint().port() << "\n" << path;
        fs::rename(next, folder_ / port_file_name);
    }
    void allow(const ActivePort& real) {
        real_ = real;
        said_.cancel();
    }
    void refuse() { said_.cancel(); }

    bool other = false;  // another program has the port: nothing is found there
    int prompts = 0;
    int standing = 0;  // that nobody has answered
    int most = 0;      // of those at a time

  private:
    awaitable<void> accept() {
        for (;;) {
            auto [ec, socket] = co_await acceptor_.async_accept(no_throw);
            if (ec) co_return;
            auto shared = std::make_shared<tcp::socket>(std::move(socket));
            net::co_spawn(
                context_, [this, shared] { return serve(shared); }, rethrow);
        }
    }

    awaitable<void> serve(std::shared_ptr<tcp::socket> socket) {
        std::string request;
        auto [ec, n] = co_await net::async_read_until(*socket, net::dynamic_buffer(request), "\r\n\r\n", no_throw);
        if (ec) co_return;
        if (other || request.starts_with("GET /json")) {
            const std::string none = "HTTP/1.1 404 Not Found\r\nContent-Length:0\r\n\r\n";
            co_await net::async_write(*socket, net::buffer(none), no_throw);
            co_return co_await until_gone(*socket);  // it stays open
        }
        ++prompts;
        most = std::max(most, ++standing);
        const auto first = co_await (said_.async_wait(no_throw) || until_gone(*socket));
        --standing;
        if (first.index() == 1) co_return;  // who asked has gone
        if (!real_) {
            const std::string no = "HTTP/1.1 403 Forbidden\r\nContent-Length:0\r\n\r\n";
            co_await net::async_write(*socket, net::buffer(no), no_throw);
            co_return;
        }
        request.replace(0, request.find(" HTTP"), "GET " + real_->path);
        tcp::socket real{context_};
        const tcp::endpoint address{net::ip::address_v4::loopback(), real_->port};
        co_await real.async_connect(address, no_throw);
        co_await net::async_write(real, net::buffer(request), no_throw);
        co_await (pump(*socket, real) || pump(real, *socket));
    }

    static awaitable<void> until_gone(tcp::socket& socket) {
        char more = 0;
        co_await socket.async_read_some(net::buffer(&more, 1), no_throw);
    }

    static awaitable<void> pump(tcp::socket& from, tcp::socket& to) {
        std::string piece(65536, '\0');
        for (;;) {
            auto [ec, count] = co_await from.async_read_some(net::buffer(piece), no_throw);
            if (ec) co_return;
            auto [failed, written] = co_await net::async_write(to, net::buffer(piece.data(), count), no_throw);
            if (failed) co_return;
        }
    }

    net::io_context& context_;
    fs::path folder_;
    tcp::acceptor acceptor_;
    platform::Timer said_;
    std::optional<ActivePort> real_;
};

struct Consent : testing::Test {
    Consent() : folder{*TemporaryFolder::create(temporary_base({}))} {
        settings.mode = BrowserMode::attach;
        settings.browser_url = folder.path().string();
        settings.backoff_first = 10ms;
        settings.backoff_cap = 20ms;
        settings.unavailable_grace = 1ms;
        settings.start_limit = 5s;
    }
    static awaitable<void> pause(Driver& driver, Duration duration) {
        platform::Timer timer{driver.context};
        timer.expires_after(duration);
        co_await timer.async_wait(no_throw);
    }
    /// The condition comes true within the test's time.
    template <class Condition>
    static awaitable<void> until(Driver& driver, Condition holds) {
        while (!holds()) co_await pause(driver, 10ms);
    }
    TemporaryFolder folder;
    Settings settings;
};

TEST_F(Consent, is_asked_for_once_and_waited_for) {
    const fs::path real_folder = folder.path() / "real";
    fs::create_directory(real_folder);
    OpenChromium chromium{real_folder};
    Driver driver{settings};
    PersonsChrome person{driver.context, folder.path()};
    driver.run([&]() -> awaitable<void> {
        chromium.start(driver.shared);
        const auto asked = [&] { return person.prompts == 1; };
        co_await until(driver, asked);
        EXPECT_TRUE(driver.browser->status().waits_for_person);
        EXPECT_EQ(driver.browser->status().state, BrowserState::launching);
        EXPECT_NE(driver.browser->status().reason.find("press Allow"), std::string::npos);
        const auto late = driver.to_browser("Browser.getVersion", {}, 200ms);
        const Got told = co_await driver.answer(late);
        EXPECT_EQ(told.fate, Fate::timed_out);
        EXPECT_NE(told.text.find("press Allow"), std::string::npos) << told.text;
        const auto sent = driver.to_browser("Browser.getVersion");
        const auto written = [&] { return fs::exists(chromium.profile() / port_file_name); };
        co_await until(driver, written);
        std::string text = chromium.port_file();
        while (!parse_active_port(text)) {
            co_await pause(driver, 10ms);
            text = chromium.port_file();
        }
        EXPECT_EQ(person.prompts, 1);
        person.allow(*parse_active_port(text));
        const Got got = co_await driver.answer(sent);
        EXPECT_EQ(got.fate, Fate::result) << got.text;
        EXPECT_FALSE(driver.browser->status().waits_for_person);
    });
    EXPECT_EQ(person.prompts, 1);
    EXPECT_EQ(person.most, 1);
}

TEST_F(Consent, that_was_refused_is_asked_for_when_somebody_wants_the_browser) {
    settings.consent_again = 400ms;
    Driver driver{settings};
    PersonsChrome person{driver.context, folder.path()};
    driver.run([&]() -> awaitable<void> {
        const auto asked = [&] { return person.standing == 1; };
        co_await until(driver, asked);
        person.refuse();
        co_await driver.reaches(BrowserState::lost);
        EXPECT_FALSE(driver.browser->status().next_try);
        EXPECT_TRUE(driver.browser->status().waits_for_person);
        const auto sent = driver.to_browser("Browser.getVersion");
        const Got got = co_await driver.answer(sent);
        EXPECT_EQ(got.fate, Fate::unavailable);
        EXPECT_NE(got.text.find("nobody pressed Allow"), std::string::npos) << got.text;
        co_await pause(driver, 500ms);  // many times the backoff
        EXPECT_EQ(person.prompts, 1);
        const auto again = driver.to_browser("Browser.getVersion", {}, 300ms);
        co_await until(driver, asked);
        EXPECT_EQ(person.prompts, 2) << "a command that comes later";
        co_await driver.answer(again);
        person.refuse();
        co_await driver.reaches(BrowserState::lost);
        driver.browser->try_again();
        co_await until(driver, asked);
        EXPECT_EQ(person.prompts, 3) << "somebody's wish";
        driver.browser->try_again();
        co_await pause(driver, 50ms);
        EXPECT_EQ(person.prompts, 3) << "one question at a time";
        person.refuse();
        co_await driver.reaches(BrowserState::lost);
        person.write_file("/devtools/browser/second");
        co_await until(driver, asked);
        EXPECT_EQ(person.prompts, 4) << "another start of Chrome";
    });
    EXPECT_EQ(person.most, 1);
}

TEST_F(Consent, that_nobody_gives_is_waited_for_within_its_limit) {
    settings.consent_limit = 300ms;
    Driver driver{settings};
    PersonsChrome person{driver.context, folder.path()};
    driver.run([&]() -> awaitable<void> {
        co_await driver.reaches(BrowserState::lost);
        EXPECT_NE(driver.browser->status().reason.find("nobody pressed Allow"), std::string::npos);
        const auto closed = [&] { return person.standing == 0; };
        co_await until(driver, closed);
        co_await pause(driver, 200ms);
        EXPECT_EQ(person.prompts, 1);
    });
}

TEST_F(Consent, is_not_what_another_program_at_the_port_refuses) {
    Driver driver{settings};
    PersonsChrome stranger{driver.context, folder.path()};
    stranger.other = true;
    driver.run([&]() -> awaitable<void> {
        co_await driver.reaches(BrowserState::lost);
        const std::string reason = driver.browser->status().reason;
        EXPECT_NE(reason.find("names a browser that runs no more"), std::string::npos) << reason;
        EXPECT_FALSE(driver.browser->status().waits_for_person);
        stranger.other = false;
        const auto asked = [&] { return stranger.prompts == 1; };
        co_await until(driver, asked);
    });
}

}  // namespace
}  // namespace cdp
