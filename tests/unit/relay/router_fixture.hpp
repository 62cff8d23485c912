// The router between a scripted browser and a scripted outbox.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/relay/router.hpp"
#include "platform/worker.hpp"
#include "scripted.hpp"

namespace router_test {

using nlohmann::json;
using realtime::Settled;
using relay::Reason;
using relay::Router;

class RouterTest : public testing::Test {
  protected:
    void start() {
        router.emplace(io.get_executor(), settings, sink, browser, files);
        router->set_identity({"1.2.3", "inst", "uuid-1", "Röchel"});
    }

    void command(const std::string& text, relay::CommandFlags flags = {}) { router->on_command(text, flags); }

    json last() const { return json::parse(published.back().payload.view()); }

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
    ScriptedSink sink;
    std::vector<realtime::Message>& published = sink.published;
    std::size_t& room = sink.room;
    std::size_t& largest = sink.largest;
    std::size_t& limit = sink.limit;
    std::optional<Router> router;
};

}  // namespace router_test
