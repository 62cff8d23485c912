// Results are written as the contract shows them, byte for byte.
#include "agent/relay/core/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "agent/realtime/core/outbox.hpp"
#include "platform/json/core/check.hpp"

namespace {

using relay::Reason;

TEST(Result, SplicesTheBrowsersTextAsItCame) {
    const std::string text = R"({"a":1e21,"b":-0,"c":9007199254740993,"d":1.0,"e":"\ud800","a":2})";
    EXPECT_EQ(relay::write_result(R"("x\u00e9")", text), R"({"id":"x\u00e9","ok":true,"result":)" + text + "}");
    EXPECT_EQ(relay::write_error("7", R"({"code":-32601,"message":"x"})"),
              R"({"id":7,"ok":false,"error":{"code":-32601,"message":"x"}})");
    EXPECT_EQ(relay::write_result("7", text).size(), relay::result_size("7", text.size()));
}

/// A message with so much room in front of it.
struct MessageInHand final : platform::MessageMemory {
    MessageInHand(std::size_t room, const std::string& message)
        : memory{std::make_shared<std::string>(std::string(room, '.') + message)} {}
    platform::KeptMessage keep() override {
        ++asked;
        return {std::exchange(memory, nullptr), std::span<char>{at(0), size()}};
    }
    char* at(std::size_t offset) { return text.data() + offset; }
    std::size_t size() const { return text.size(); }

    std::shared_ptr<std::string> memory;
    std::string& text = *memory;
    int asked = 0;
};

TEST(Result, WritesAroundALargeOneInItsOwnMemory) {
    const std::string result = R"({"data":")" + std::string(platform::SharedText::shared_from, 'x') + R"("})";
    const std::string head = R"({"id":7,"result":)";
    for (const std::size_t room : {std::size_t{512}, std::size_t{40}, std::size_t{3}, std::size_t{0}}) {
        MessageInHand message{room, head + result + R"(,"sessionId":"S"})"};
        const char* const place = message.at(room + head.size());
        const auto kept = message.memory;
        const auto written = relay::write_result(R"("caller-1")", {place, result.size()}, &message);
        EXPECT_TRUE(written == R"({"id":"caller-1","ok":true,"result":)" + result + "}") << room;
        const bool in_place = written.view().data() < place && written.view().data() + written.size() > place;
        EXPECT_EQ(in_place, room >= 40) << room;
        EXPECT_TRUE(written.is_shared());
    }
}

TEST(Result, ASmallOneIsCopied) {
    MessageInHand message{512, R"({"id":7,"result":{}})"};
    EXPECT_TRUE(relay::write_result("1", {message.at(529), 2}, &message) == R"({"id":1,"ok":true,"result":{}})");
    EXPECT_EQ(message.asked, 0);
    EXPECT_TRUE(relay::write_result("1", "{}", nullptr) == R"({"id":1,"ok":true,"result":{}})");
}

struct Case {
    Reason reason;
    const char* name;
    int code;
};

TEST(Result, NamesEachReasonWithItsCode) {
    const Case cases[] = {{Reason::bad_request, "bad_request", -32600},
                          {Reason::denied, "denied", -32010},
                          {Reason::timeout, "timeout", -32011},
                          {Reason::browser_unavailable, "browser_unavailable", -32012},
                          {Reason::browser_lost, "browser_lost", -32013},
                          {Reason::too_large, "too_large", -32014},
                          {Reason::overloaded, "overloaded", -32015},
                          {Reason::stopping, "stopping", -32016},
                          {Reason::busy, "busy", -32017},
                          {Reason::stale, "stale", -32018}};
    for (const Case& one : cases) {
        const auto read = nlohmann::json::parse(relay::write_refusal("\"i\"", one.reason, "Because \"so\"."));
        EXPECT_EQ(read["id"], "i");
        EXPECT_EQ(read["ok"], false);
        EXPECT_EQ(read["error"]["code"], one.code);
        EXPECT_EQ(read["error"]["message"], "Because \"so\".");
        EXPECT_EQ(read["error"]["data"], (nlohmann::json{{"source", "agent"}, {"reason", one.name}}));
    }
}

TEST(Result, CarriesExtraDataAndTamesMessages) {
    const auto read =
        nlohmann::json::parse(relay::write_refusal("1", Reason::too_large, "a\nb\xff", R"("size":5,"limit":3)"));
    EXPECT_EQ(read["error"]["data"]["size"], 5);
    EXPECT_EQ(read["error"]["message"], "a b?");
}

TEST(Result, KeepsEveryRefusalWithinTheOutboxsReserve) {
    const std::string id = '"' + std::string(256, 'x') + '"';
    const std::string extra = "\"x\":\"" + std::string(240, 'x') + '"';
    for (const std::string& unit : {std::string("\""), std::string("\x01"), std::string("\xff"), std::string("😀")}) {
        std::string message;
        while (message.size() < 5000) message += unit;
        const std::string text = relay::write_refusal(id, Reason::browser_unavailable, message, extra);
        EXPECT_TRUE(platform::check_json(text).ok()) << text;
        EXPECT_LE(text.size(), relay::max_refusal_bytes) << unit;
    }
    static_assert(relay::max_refusal_bytes <= realtime::Outbox::small);
}

}  // namespace
