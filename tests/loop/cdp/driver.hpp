// What the tests of this folder share: a Browser on a loop of its own whose answers can be awaited.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cdp/browser.hpp"
#include "cdp/core/place.hpp"
#include "cdp/settings.hpp"
#include "platform/net.hpp"

namespace cdp::test {

using namespace std::chrono_literals;

/// An Answer with texts of its own.
struct Got {
    Fate fate = Fate::result;
    std::string text;
    std::string session;
    int count = 0;  // how often it came: exactly once, that is
};

/// Refuses the URLs that begin so.
struct RefusedStart final : PlaceRules {
    explicit RefusedStart(std::string_view refused) : start{refused} {}
    bool refuses(std::string_view url) const override { return url.starts_with(start); }

    std::string start;
};

/// Runs a Browser and lets a test's coroutine send commands and await their answers.
class Driver final : public Asker {
  public:
    /// Two drivers may share a loop; shared, since either may be the last.
    explicit Driver(Settings with = {}, std::shared_ptr<net::io_context> loop = std::make_shared<net::io_context>())
        : shared{std::move(loop)}, context{*shared}, settings{std::move(with)}, wake{context} {}

    /// Runs `body` beside the browser; when it returns the browser is stopped and all is awaited.
    template <class Body>
    void run(Body body, Duration limit = 50s) {
        Browser it{context.get_executor(), settings, refused ? &*refused : nullptr};
        it.connect(*this);
        browser = &it;
        bool returned = false;
        bool done = false;
        net::co_spawn(
            context,
            [&]() -> awaitable<void> {
                const Error ec = co_await it.run();
                EXPECT_FALSE(ec);
                returned = true;
            },
            rethrow);
        net::co_spawn(
            context,
            [&]() -> awaitable<void> {
                co_await body();
                done = true;
                it.stop();
            },
            rethrow);
        // Others may have work on this loop: its end is not the browser's.
        const auto end = std::chrono::steady_clock::now() + std::chrono::ceil<std::chrono::milliseconds>(limit);
        context.restart();
        while (!(returned && done) && std::chrono::steady_clock::now() < end) context.run_one_until(end);
        EXPECT_TRUE(done) << "the test's own part did not end in time";
        EXPECT_TRUE(returned) << "the browser link did not end in time";
        EXPECT_EQ(it.status().state, BrowserState::absent);
        for (const auto& [ticket, got] : answers) EXPECT_EQ(got.count, 1) << "answers to command " << ticket;
        EXPECT_EQ(answers.size(), sent) << "commands without an answer";
        browser = nullptr;
    }

    void on_answer(const Answer& answer) override {
        auto& got = answers[answer.ticket];
        got.fate = answer.fate;
        got.text = answer.text;
        got.session = answer.session;
        ++got.count;
        wake.cancel();
    }

    void on_browser_state() override { wake.cancel(); }

    /// Sends and does not wait.
    Ticket send(Destination to, std::string_view method, std::string_view params = {}, Duration limit = 30s) {
        Request request;
        request.ticket = ++sent;
        request.to = to;
        request.method = method;
        request.params = params;
        request.deadline = platform::BootClock::now() + limit;
        browser->submit(request);
        return request.ticket;
    }
    Ticket to_browser(std::string_view method, std::string_view params = {}, Duration limit = 30s) {
        return send({Destination::Kind::browser, {}}, method, params, limit);
    }
    Ticket to_page(std::string_view method, std::string_view params = {}, Duration limit = 30s) {
        return send({Destination::Kind::default_page, {}}, method, params, limit);
    }
    Ticket to_session(std::string_view session, std::string_view method, std::string_view params = {},
                      Duration limit = 30s) {
        return send({Destination::Kind::session, session}, method, params, limit);
    }

    awaitable<Got> answer(Ticket ticket) {
        for (;;) {
            const auto found = answers.find(ticket);
            if (found != answers.end()) co_return found->second;
            co_await changed();
        }
    }
    awaitable<void> reaches(BrowserState state) {
        while (browser->status().state != state) co_await changed();
    }
    /// Something happened: an answer came, or the state changed.
    awaitable<void> changed() {
        wake.expires_at(TimePoint::max());
        co_await wake.async_wait(no_throw);
    }

    std::shared_ptr<net::io_context> shared;
    net::io_context& context;
    Settings settings;
    std::optional<RefusedStart> refused;  // nothing: no place is refused
    Browser* browser = nullptr;
    std::map<Ticket, Got> answers;
    Ticket sent = 0;
    platform::Timer wake;
};

/// Settings for a real Chromium in tests: temporary profiles below a folder of the test's own.
inline Settings real_browser() {
    Settings settings;
    settings.extra_arguments = {"--window-size=800,600"};
    return settings;
}

}  // namespace cdp::test
