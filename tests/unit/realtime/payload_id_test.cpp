#include "agent/realtime/core/payload_id.hpp"

#include <gtest/gtest.h>

#include <string>

namespace realtime {
namespace {

TEST(PayloadId, IsTheBytesThatCame) {
    EXPECT_EQ(id_in(R"({"id":1,"ok":true})"), "1");
    EXPECT_EQ(id_in(R"({"ok":true, "id" : "a\u0062" })"), R"("a\u0062")");
    for (const char* text : {"", "null", "[]", "{", R"({"ok":true})"}) EXPECT_EQ(id_in(text), "") << text;
}

TEST(PayloadId, OfACommandIsOneThatAnAnswerMayCarry) {
    EXPECT_EQ(id_of_answered(R"({"id":1.50,"method":"Page.reload"})"), "1.50");
    EXPECT_EQ(id_of_answered(R"({"method":"Page.reload","id":"x"})"), R"("x")");
    EXPECT_EQ(id_of_answered(R"({"id":"x"})"), R"("x")");
    EXPECT_EQ(id_of_answered(R"({"id":1,"method":"Agent.post","params":{}})"), "") << "nobody answers it";
    for (const char* id : {"{}", "[1]", "true", "null", "\"\xff\""}) {
        EXPECT_EQ(id_of_answered(R"({"id":)" + std::string{id} + R"(,"method":"Page.reload"})"), "") << id;
    }
}

}  // namespace
}  // namespace realtime
