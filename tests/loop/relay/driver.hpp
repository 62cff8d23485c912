// What the tests of this folder share: a real browser behind a real router, and a channel that acknowledges at once.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "agent/relay/core/refused_pages.hpp"
#include "agent/relay/router.hpp"
#include "cdp/browser.hpp"
#include "cdp/settings.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"
#include "tests/support/temp_folder.hpp"

namespace relay::test {

using namespace std::chrono_literals;
using nlohmann::json;

/// Runs browser and router and lets a test's coroutine send commands as they come over the channel.
class Driver final : private ResultSink {
  public:
    Driver() : wake{context} {
        settings.spool.folder = (folder / "spool").string();
        settings.streams.folder = folder.string();
        browser_settings.runtime_folder = folder.string();
    }
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;

    /// Runs `body` beside browser and router; when it returns both are stopped and all is awaited.
    template <class Body>
    void run(Body body, Duration limit = 50s) {
        EXPECT_FALSE(prepare_spool(settings.spool.folder));
        const RefusedPages refused{settings.policy};
        browser_settings.guard_places = guard_places && settings.policy.profile != Profile::full;
        cdp::Browser browser_here{context.get_executor(), browser_settings, &refused};
        Router router_here{context.get_executor(), settings, *this, browser_here, files};
        browser_here.connect(router_here);
        router_here.set_identity({"1.0", "instance", "uuid", "name"});
        router_here.on_link(true);
        router = &router_here;
        browser = &browser_here;
        int returned = 0;
        const auto run_browser = [&]() -> awaitable<void> {
            const Error error = co_await browser_here.run();
            EXPECT_FALSE(error) << error.message();
            ++returned;
        };
        const auto run_router = [&]() -> awaitable<void> {
            co_await router_here.run();
            ++returned;
        };
        const auto run_body = [&]() -> awaitable<void> {
            co_await body();
            browser_here.stop();
            router_here.stop();
        };
        net::co_spawn(context, run_browser, rethrow);
        net::co_spawn(context, run_router, rethrow);
        net::co_spawn(context, run_body, rethrow);
        context.run_for(std::chrono::duration_cast<std::chrono::steady_clock::duration>(limit));
        EXPECT_EQ(returned, 2) << "browser or router did not end in time";
        for (const auto& [id, texts] : answers) EXPECT_EQ(texts.size(), 1u) << "answers to " << id;
    }

    /// Hands in the text of a command.
    void send(const std::string& text, CommandFlags flags = {}) { router->on_command(text, flags); }

    /// The text that answers the id.
    awaitable<std::string> answer(std::string id) {
        while (!answers.contains(id)) {
            wake.expires_at(TimePoint::max());
            co_await wake.async_wait(no_throw);
        }
        co_return answers[id].front();
    }

    /// Sends one command and awaits its answer, parsed. `rest` is JSON text of further members.
    awaitable<json> ask(std::string method, std::string params = "{}", std::string rest = "") {
        const std::string id = std::to_string(++last_id);
        send(R"({"id":)" + id + R"(,"method":")" + method + R"(","params":)" + params + rest + "}");
        const std::string text = co_await answer(id);
        co_return json::parse(text);
    }

    /// A new page and a session in it: the members that name the session, for `rest`.
    awaitable<std::string> open_page(std::string url = "about:blank") {
        const std::string at = R"({"url":)" + json(url).dump() + "}";
        const json made = co_await ask("Target.createTarget", at);
        const std::string target = made["result"]["targetId"].dump();
        const json attached = co_await ask("Target.attachToTarget", R"({"flatten":true,"targetId":)" + target + "}");
        co_return R"(,"sessionId":)" + attached["result"]["sessionId"].dump();
    }

    awaitable<void> pause(Duration duration) {
        platform::Timer timer{context};
        timer.expires_after(duration);
        co_await timer.async_wait(no_throw);
    }

    const tests::TempFolder temp;  // goes after the worker that writes there
    const std::filesystem::path folder = temp.path();
    net::io_context context;
    platform::Worker files{"files"};
    Settings settings;
    bool guard_places = true;
    cdp::Settings browser_settings;
    std::size_t largest_payload = 3'000'000;
    Router* router = nullptr;
    cdp::Browser* browser = nullptr;
    std::map<std::string, std::vector<std::string>> answers;  // by the id's JSON text
    int last_id = 1000;
    /// Who hears what comes down for clients.
    std::vector<std::function<void(const std::string&)>> listeners;
    bool cut = false;  // what comes down for clients is lost

  private:
    std::size_t payload_limit() const override { return largest_payload; }
    std::string_view uncarried(std::string_view) const override { return {}; }
    bool carries_bytes() const override { return true; }
    void share_pace(std::size_t) override {}
    double pace_left(std::size_t) const override { return 0; }
    TimePoint room_at(TimePoint now, std::size_t) override { return now; }
    void all_answered() override {}
    bool publish(realtime::Message message) override {
        if (message.event == "cdp-event") return publish_event(std::move(message));
        std::string payload{message.payload.view()};
        const std::size_t begin = payload.find(':') + 1;
        const std::size_t end = payload.find(",\"ok\"");
        const std::string id = payload.substr(begin, end - begin);
        answers[id].push_back(std::move(payload));
        wake.cancel();
        net::post(context,
                  [this, ticket = message.ticket] { router->on_settled(ticket, realtime::Settled::acknowledged); });
        return true;
    }

    bool publish_event(realtime::Message message) {
        net::post(context, [this, ticket = message.ticket, payload = std::string{message.payload.view()}] {
            if (!cut) {
                for (const auto& listener : listeners) listener(payload);
            }
            router->on_sent(ticket);
            router->on_settled(ticket, realtime::Settled::acknowledged);
        });
        return true;
    }

    platform::Timer wake;
};

}  // namespace relay::test
