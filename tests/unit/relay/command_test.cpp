// What is a command and what is not, at the edge of every limit.
#include "agent/relay/core/command.hpp"

#include <gtest/gtest.h>

#include <string>

#include "agent/realtime/core/frame.hpp"

namespace {

using relay::CommandReader;

struct Read {
    bool ok = false;
    std::string id, method, params, session, message;
    std::optional<std::chrono::milliseconds> timeout;
};

Read read(const std::string& payload) {
    CommandReader reader;
    Read out;
    out.ok = reader.read(payload);
    const auto& command = reader.command();
    out.method = command.method;
    out.params = command.params;
    out.session = command.session;
    out.timeout = command.timeout;
    out.id = out.ok ? command.id : reader.unreadable().id;
    out.message = reader.unreadable().message;
    return out;
}

Read refused(const std::string& payload, std::string_view id, std::string_view words) {
    Read out = read(payload);
    EXPECT_FALSE(out.ok) << payload.substr(0, 200);
    EXPECT_EQ(out.id, id) << payload.substr(0, 200);
    EXPECT_NE(out.message.find(words), std::string::npos) << out.message << "\n" << payload.substr(0, 200);
    return out;
}

TEST(Command, SlicesWhatItSays) {
    const Read out = read(
        R"( {"extra":[1],"params" : {"a":1.0,"a":-0} ,"sessionId":"AB","method":"Runtime.evaluate","timeoutMs":250,"id": "x\u00e9" } )");
    ASSERT_TRUE(out.ok) << out.message;
    EXPECT_EQ(out.id, R"("x\u00e9")");
    EXPECT_EQ(out.method, "Runtime.evaluate");
    EXPECT_EQ(out.params, R"({"a":1.0,"a":-0})");
    EXPECT_EQ(out.session, "AB");
    EXPECT_EQ(out.timeout, std::chrono::milliseconds{250});
}

TEST(Command, EchoesEveryKindOfIdAsItCame) {
    for (const std::string id : {"0", "-0", "1e21", "1.0", "9007199254740993", "123456789012345678901234567890",
                                 R"("")", R"("\ud800")", R"("a\/b")", R"("汉")"}) {
        const Read out = read(R"({"id":)" + id + R"(,"method":"A.b"})");
        EXPECT_TRUE(out.ok) << id << out.message;
        EXPECT_EQ(out.id, id);
    }
}

TEST(Command, BoundsTheIdAt256Bytes) {
    const auto with_id = [](const std::string& id) { return R"({"method":"A.b","id":)" + id + "}"; };
    EXPECT_TRUE(read(with_id('"' + std::string(256, 'x') + '"')).ok);
    EXPECT_TRUE(read(with_id('1' + std::string(255, '0'))).ok);
    refused(with_id('"' + std::string(257, 'x') + '"'), "null", "256");
    refused(with_id('1' + std::string(256, '0')), "null", "256");
    for (const char* id : {"null", "true", "[]", "{}"}) refused(with_id(id), "null", "\"id\" must be");
    refused(R"({"method":"A.b"})", "null", "\"id\" is missing");
}

TEST(Command, WantsDomainDotName) {
    const auto with_method = [](const std::string& method) { return R"({"id":1,"method":)" + method + "}"; };
    EXPECT_TRUE(read(with_method(R"("A.b")")).ok);
    EXPECT_EQ(read(with_method(R"("\u0041.b")")).method, "A.b");
    EXPECT_TRUE(read(with_method('"' + std::string(64, 'A') + '.' + std::string(63, 'b') + '"')).ok);
    refused(with_method('"' + std::string(64, 'A') + '.' + std::string(64, 'b') + '"'), "1", "\"method\" must be");
    for (const char* bad : {R"("")", R"("A")", R"(".b")", R"("A.")", R"("A.b.c")", R"("A b.c")", R"("A1.b")",
                            R"("A.b\n")", R"("A.b\"")", R"("Ä.b")", "7", "null", "{}"}) {
        refused(with_method(bad), "1", "\"method\" must be");
    }
    refused(R"({"id":1})", "1", "\"method\" is missing");
}

TEST(Command, BoundsTheSessionAt64Bytes) {
    const auto with_session = [](const std::string& s) { return R"({"id":1,"method":"A.b","sessionId":)" + s + "}"; };
    EXPECT_EQ(read(with_session(R"("")")).session, "");
    EXPECT_TRUE(read(with_session(R"("")")).ok);
    EXPECT_EQ(read(with_session(R"("\u0041\u0042")")).session, "AB");
    EXPECT_TRUE(read(with_session('"' + std::string(64, 'S') + '"')).ok);
    refused(with_session('"' + std::string(65, 'S') + '"'), "1", "64");
    refused(with_session("null"), "1", "\"sessionId\" must be");
    refused(with_session("7"), "1", "\"sessionId\" must be");
}

TEST(Command, TakesParamsOnlyAsAnObject) {
    const auto with_params = [](const std::string& p) { return R"({"id":1,"method":"A.b","params":)" + p + "}"; };
    EXPECT_EQ(read(with_params("null")).params, "");
    EXPECT_TRUE(read(with_params("null")).ok);
    EXPECT_EQ(read(with_params("{}")).params, "{}");
    EXPECT_EQ(read(with_params(R"({ "v" : [1e21,-0,9007199254740993,1.0,"\ud800"] })")).params,
              R"({ "v" : [1e21,-0,9007199254740993,1.0,"\ud800"] })");
    for (const char* bad : {"[]", "1", R"("{}")", "true"})
        refused(with_params(bad), "1", "\"params\" must be an object");
    const auto nested = [](std::size_t levels) {
        return R"({"a":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
    };
    EXPECT_TRUE(read(with_params(nested(256))).ok);
    refused(with_params(nested(257)), "1", "more levels of nesting");
}

TEST(Command, TakesATimeoutInWholeMilliseconds) {
    const auto with_timeout = [](const std::string& t) { return R"({"id":1,"method":"A.b","timeoutMs":)" + t + "}"; };
    EXPECT_EQ(read(with_timeout("1")).timeout, std::chrono::milliseconds{1});
    EXPECT_EQ(read(with_timeout("999999999999999999")).timeout, std::chrono::hours{24});
    for (const char* bad : {"0", "-1", "1.5", "1e3", R"("5")", "null"})
        refused(with_timeout(bad), "1", "\"timeoutMs\"");
    EXPECT_FALSE(read(R"({"id":1,"method":"A.b"})").timeout);
}

TEST(Command, RefusesRepeatedKeysHoweverTheyAreWritten) {
    refused(R"({"id":1,"method":"A.b","method":"C.d"})", "1", "\"method\" is repeated");
    refused(R"({"id":1,"method":"A.b","\u006dethod":"C.d"})", "1", "\"method\" is repeated");
    refused(R"({"id":1,"id":2,"method":"A.b"})", "1", "\"id\" is repeated");
    refused(R"({"id":1,"method":"A.b","params":{},"params":{}})", "1", "\"params\" is repeated");
    refused(R"({"id":1,"method":"A.b","x":1,"y":2,"\u0078":3})", "1", "\"x\" is repeated");
    EXPECT_TRUE(read(R"({"id":1,"method":"A.b","params":{"x":1,"x":2}})").ok);
}

TEST(Command, BoundsTheMembersAtTheTopLevel) {
    const auto with_members = [](int others) {
        std::string text = R"({"id":1,"method":"A.b")";
        for (int i = 0; i < others; ++i) text += ",\"k" + std::to_string(i) + "\":0";
        return text + "}";
    };
    EXPECT_TRUE(read(with_members(62)).ok);
    refused(with_members(63), "1", "more than 64 members");
}

TEST(Command, SaysWhatCannotBeReadAndFindsTheIdWhereItCan) {
    refused(R"({"id":1,"method":"A.b","params":{"a":tru}})", "1", "no JSON value");
    refused(R"({"method":"A.b","params":{"a":1x2},"id":1})", "null", "not valid JSON");
    refused(R"({"params":[],"id":"late","method":"A.b"})", R"("late")", "\"params\" must be");
    refused("", "null", "not valid JSON");
    refused("[]", "null", "not an object");
    refused("null", "null", "not an object");
    refused(R"({"id":1,"method":"A.b"} x)", "1", "text behind the value");
    refused("{\"id\":1,\"method\":\"A.b\",\"params\":{\"a\":\"\xff\"}}", "null", "UTF-8");
    refused("{\"id\":1,\"method\":\"A.b\",\"params\":{\"a\":\"\n\"}}", "1", "raw control character");
}

TEST(Command, IsAnsweredAlsoWhenItIsTooDeepInATextFrame) {
    for (const std::size_t levels : {256u, 257u}) {
        const std::string params = R"({"a":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
        const std::string text =
            R"([null,null,"realtime:device:u","broadcast",{"type":"broadcast","event":"cdp-command","payload":{"id":1,"method":"A.b","params":)" +
            params + "}}]";
        realtime::Decoder decoder{realtime::Vsn::v2};
        realtime::Frame frame;
        ASSERT_EQ(decoder.decode(text, false, frame), realtime::Unreadable::none) << levels;
        const Read out = read(std::string(frame.payload));
        EXPECT_EQ(out.ok, levels == 256);
        EXPECT_EQ(out.id, "1");
    }
}

TEST(Command, KeepsNothingOfTheOneBefore) {
    CommandReader reader;
    EXPECT_FALSE(reader.read(R"({"id":7,"method":"A.b","x":1,"x":1})"));
    const std::string next = R"({"id":8,"method":"C.d","x":1})";
    ASSERT_TRUE(reader.read(next)) << reader.unreadable().message;
    EXPECT_EQ(reader.command().id, "8");
    EXPECT_EQ(reader.command().params, "");
    EXPECT_FALSE(reader.read("{}"));
    EXPECT_EQ(reader.unreadable().id, "null");
}

}  // namespace
