// Commands as they arrive.
#include "agent/relay/intake.hpp"

#include <gtest/gtest.h>

#include "scripted.hpp"

namespace {

struct IntakeTest : testing::Test {
    router_test::ScriptedSink sink;
    relay::Intake intake{sink};
};

TEST_F(IntakeTest, ReadsACommand) {
    ASSERT_TRUE(intake.read(R"({"id":"a-1","method":"Page.enable","params":{},"sessionId":"S"})"));
    EXPECT_EQ(intake.command().id, R"("a-1")");
    EXPECT_EQ(intake.command().method, "Page.enable");
    EXPECT_EQ(intake.command().session, "S");
}

TEST_F(IntakeTest, SaysWhyItIsNone) {
    EXPECT_FALSE(intake.read(R"({"id":7,"method":7})"));
    EXPECT_EQ(intake.unreadable().id, "7");
    EXPECT_NE(intake.unreadable().message, "");
    EXPECT_FALSE(intake.read("nonsense"));
    EXPECT_EQ(intake.unreadable().id, "null");
}

TEST_F(IntakeTest, TakesNoIdThatTheLinkCannotSendBack) {
    EXPECT_FALSE(intake.read(R"({"id":"\ud800","method":"Page.enable"})"));
    EXPECT_EQ(intake.unreadable().id, "null");
    EXPECT_EQ(intake.unreadable().message, "The id holds half a pair, which this link cannot send back.");
    EXPECT_FALSE(intake.read(R"({"id":8,"method":7})"));
    EXPECT_EQ(intake.unreadable().id, "8") << "the next one has its own";
    EXPECT_TRUE(intake.read(R"({"id":9,"method":"Page.enable"})"));
}

TEST_F(IntakeTest, TellsSendersApart) {
    EXPECT_EQ(intake.sender_of(R"("a-1")", ""), intake.sender_of(R"("a-2")", ""));
    EXPECT_NE(intake.sender_of(R"("a-1")", ""), intake.sender_of(R"("b-1")", ""));
    EXPECT_EQ(intake.sender_of("1", "S"), intake.sender_of("2", "S"));
    EXPECT_NE(intake.sender_of("3", "S"), intake.sender_of("5000", "S"));
}

}  // namespace
