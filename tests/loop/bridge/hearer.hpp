// What a client of the far browser hears, written down.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/bridge/far_browser.hpp"
#include "platform/clock.hpp"

namespace bridge_test {

class Hearer final : public bridge::ClientListener {
  public:
    void on_open() override { opened = true; }
    void on_message(std::string_view message) override {
        messages.push_back(nlohmann::json::parse(message));
        heard_at.push_back(platform::BootClock::now());
    }
    void on_end(bridge::ClientEnd how, std::string_view why) override {
        EXPECT_FALSE(end) << "the end is told once";
        end = how;
        sentence = why;
    }

    bool opened = false;
    std::vector<nlohmann::json> messages;
    std::vector<TimePoint> heard_at;  // of each message
    std::optional<bridge::ClientEnd> end;
    std::string sentence;
};

}  // namespace bridge_test
