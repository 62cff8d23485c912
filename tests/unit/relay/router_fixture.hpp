// The router between a scripted browser and a scripted outbox.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/relay/router.hpp"
#include "platform/worker.hpp"

namespace router_test {

using nlohmann::json;
using realtime::Settled;
using relay::Reason;
using relay::Router;

/// What the browser was asked.
struct Asked {
    cdp::Ticket ticket;
    cdp::Destination::Kind kind;
    std::string session, method, params;
    TimePoint deadline;
};

inline cdp::TargetInfo page_at(std::string url) {
    cdp::TargetInfo target;
    target.type = "page";
    target.url = std::move(url);
    return target;
}

inline cdp::TargetInfo browser_target() {
    cdp::TargetInfo target;
    target.type = "browser";
    return target;
}

class ScriptedBrowser final : public relay::BrowserPort {
  public:
    void submit(const cdp::Request& request) override {
        asked.push_back({request.ticket, request.to.kind, std::string(request.to.session), std::string(request.method),
                         std::string(request.params), request.deadline});
        if (at_once) at_once(asked.back());
    }
    void forget(cdp::Ticket ticket) override { forgotten.push_back(ticket); }
    const cdp::TargetInfo* target_of(std::string_view session) const override {
        if (session == "BROWSER") return &itself;
        return session == "AT-FILE" ? &file_page : nullptr;
    }
    const cdp::TargetInfo* default_page() const override { return page ? &*page : nullptr; }
    cdp::BrowserStatus status() const override { return state; }

    std::vector<Asked> asked;
    std::vector<cdp::Ticket> forgotten;
    std::function<void(const Asked&)> at_once;
    cdp::TargetInfo file_page = page_at("file:///etc/");
    cdp::TargetInfo itself = browser_target();
    std::optional<cdp::TargetInfo> page;
    cdp::BrowserStatus state;
};

class RouterTest : public testing::Test {
  protected:
    void start() {
        relay::RouterPorts ports;
        ports.publish = [this](realtime::Message message) {
            if (room == 0 || message.payload.size() > largest) return false;
            --room;
            published.push_back(std::move(message));
            return true;
        };
        ports.payload_limit = [this] { return limit; };
        ports.uncarried = [](std::string_view text) {
            return std::string_view{text.find("\\ud800") == std::string_view::npos ? "" : "half a pair"};
        };
        router.emplace(io.get_executor(), settings, std::move(ports), files);
        router->connect(browser);
        router->set_identity({"1.2.3", "inst", "uuid-1", "Röchel"});
    }

    void command(const std::string& text, relay::CommandFlags flags = {}) { router->on_command(text, flags); }

    json last() const { return json::parse(published.back().payload); }

    void expect_reason(const char* reason, int code) {
        ASSERT_FALSE(published.empty());
        EXPECT_EQ(last()["ok"], false);
        EXPECT_EQ(last()["error"]["code"], code) << last();
        EXPECT_EQ(last()["error"]["data"]["reason"], reason) << last();
        EXPECT_EQ(last()["error"]["data"]["source"], "agent");
        EXPECT_EQ(published.back().event, "cdp-result");
    }

    void answer(cdp::Fate fate, std::string_view text) {
        router->on_answer({browser.asked.back().ticket, fate, text, "S"});
    }

    boost::asio::io_context io;
    platform::Worker files{"files"};
    relay::Settings settings;
    ScriptedBrowser browser;
    std::vector<realtime::Message> published;
    std::size_t room = 1000;
    std::size_t largest = std::size_t{1} << 30;
    std::size_t limit = 3'000'000;
    std::optional<Router> router;
};

}  // namespace router_test
