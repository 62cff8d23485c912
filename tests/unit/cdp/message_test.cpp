#include "cdp/core/message.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace cdp {
namespace {

using Kind = Message::Kind;

TEST(Classify, tells_replies_as_chrome_writes_them) {
    const auto plain = classify(R"({"id":7,"result":{"value":"\ud800","x":{"y":{}}}})");
    EXPECT_EQ(plain.kind, Kind::result);
    EXPECT_EQ(plain.id, 7);
    EXPECT_EQ(plain.body, R"({"value":"\ud800","x":{"y":{}}})");
    EXPECT_EQ(plain.session, "");

    const auto in_session = classify(R"({"id":-2147483648,"error":{"code":-32601,"message":"x"},"sessionId":"AB12"})");
    EXPECT_EQ(in_session.kind, Kind::error);
    EXPECT_EQ(in_session.id, std::numeric_limits<std::int32_t>::min());
    EXPECT_EQ(in_session.body, R"({"code":-32601,"message":"x"})");
    EXPECT_EQ(in_session.session, "AB12");

    EXPECT_EQ(classify(R"({"id":1,"result":{}})").body, "{}");
    EXPECT_EQ(classify(R"({"id":1,"result":{},"sessionId":"S"})").session, "S");
}

TEST(Classify, is_not_misled_by_session_ids_inside_a_result) {
    const auto nested = classify(R"({"id":1,"result":{"sessionId":"INNER"}})");
    EXPECT_EQ(nested.session, "");
    EXPECT_EQ(nested.body, R"({"sessionId":"INNER"})");
    const auto text = classify(R"({"id":1,"result":{"v":"\",\"sessionId\":\"FAKE"},"sessionId":"REAL"})");
    EXPECT_EQ(text.session, "REAL");
    EXPECT_EQ(text.body, R"({"v":"\",\"sessionId\":\"FAKE"})");
    const auto last_string = classify(R"({"id":1,"result":{"a":1,"b":"},"},"sessionId":"S"})");
    EXPECT_EQ(last_string.body, R"({"a":1,"b":"},"})");
}

TEST(Classify, tells_events) {
    const auto event = classify(R"({"method":"Page.frameNavigated","params":{"frame":{"id":"1"}},"sessionId":"S"})");
    EXPECT_EQ(event.kind, Kind::event);
    EXPECT_FALSE(event.has_id);
    EXPECT_EQ(event.method, "Page.frameNavigated");
    EXPECT_EQ(event.body, R"({"frame":{"id":"1"}})");
    EXPECT_EQ(event.session, "S");
    const auto bare = classify(R"({"method":"Inspector.targetCrashed"})");
    EXPECT_EQ(bare.kind, Kind::event);
    EXPECT_EQ(bare.body, "");
    const auto bare_in_session = classify(R"({"method":"Inspector.targetCrashed","sessionId":"S"})");
    EXPECT_EQ(bare_in_session.session, "S");
    EXPECT_EQ(classify(R"({"method":"X.y","params":{}})").body, "{}");
}

TEST(Classify, reads_other_orders_and_white_space_too) {
    const auto reply = classify("{ \"sessionId\" : \"S\", \"result\" : {\"a\": [1, 2]} , \"id\": 12 }");
    EXPECT_EQ(reply.kind, Kind::result);
    EXPECT_EQ(reply.id, 12);
    EXPECT_EQ(reply.body, "{\"a\": [1, 2]}");
    EXPECT_EQ(reply.session, "S");
    EXPECT_EQ(classify("{\"id\":3, \"result\":{}}").kind, Kind::result);
    EXPECT_EQ(classify("{\"id\":3,\"result\":{} , \"sessionId\":\"S\"}").session, "S");
}

TEST(Classify, an_error_without_an_id_stays_an_error) {
    const auto error = classify(R"({"error":{"code":-32700,"message":"JSON"}})");
    EXPECT_EQ(error.kind, Kind::error);
    EXPECT_FALSE(error.has_id);
}

TEST(Classify, refuses_what_is_no_message) {
    for (const auto* text :
         {"", "{", "{}", "[]", "null", R"({"id":1})", R"({"id":"1","result":{}})", R"({"id":2147483648,"result":{}})",
          R"({"result":{}})", R"({"id":1,"result":{})", R"({"method":7})", R"({"id":1.5,"result":{}})"}) {
        EXPECT_EQ(classify(text).kind, Kind::unreadable) << text;
    }
}

TEST(LeadingId, is_read_from_a_beginning) {
    std::int32_t id = 0;
    EXPECT_TRUE(leading_id(R"({"id":42,"result":{"data":"iVBOR)", id));
    EXPECT_EQ(id, 42);
    EXPECT_FALSE(leading_id(R"({"method":"Page.screencastFrame")", id));
    EXPECT_FALSE(leading_id(R"({"id":)", id));
}

TEST(Envelope, is_what_chrome_takes) {
    Envelope envelope;
    envelope.write(7, "Page.navigate", true, "S1");
    EXPECT_EQ(envelope.head + R"({"url":"about:blank"})" + envelope.tail,
              R"({"id":7,"method":"Page.navigate","params":{"url":"about:blank"},"sessionId":"S1"})");
    envelope.write(-1, "Browser.getVersion", false, "");
    EXPECT_EQ(envelope.head + envelope.tail, R"({"id":-1,"method":"Browser.getVersion"})");
    envelope.write(std::numeric_limits<std::int32_t>::min(), "A.b", true, "S");
    EXPECT_LE(envelope.head.size() + envelope.tail.size(), envelope_overhead + 3 + 1);
}

}  // namespace
}  // namespace cdp
