// Small answers that the channel has no room for.
#include "agent/relay/waiting_answers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted.hpp"

namespace {

using relay::WaitingAnswers;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct WaitingAnswersTest : testing::Test {
    bool publish(realtime::Ticket ticket, realtime::SenderId sender = 7, realtime::Lane lane = realtime::Lane::answer) {
        realtime::Message message{ticket, lane, "cdp-result", "{}"};
        message.sender = sender;
        return waiting.publish(std::move(message));
    }
    std::vector<realtime::Ticket> published() const {
        std::vector<realtime::Ticket> all;
        for (const auto& message : sink.published) all.push_back(message.ticket);
        return all;
    }

    router_test::ScriptedSink sink;
    WaitingAnswers waiting{sink, 4};
};

TEST_F(WaitingAnswersTest, GoOutAtOnceWhereThereIsRoom) {
    EXPECT_TRUE(publish(1));
    EXPECT_THAT(published(), ElementsAre(1));
    EXPECT_EQ(sink.published[0].payload, "{}");
    EXPECT_EQ(waiting.size(), 0u);
}

TEST_F(WaitingAnswersTest, WaitUntilThereIsRoomAndKeepTheirOrder) {
    sink.room = 0;
    EXPECT_TRUE(publish(1));
    EXPECT_TRUE(publish(2));
    waiting.go_on();
    EXPECT_THAT(published(), IsEmpty());
    EXPECT_EQ(waiting.size(), 2u);
    sink.room = 1;
    EXPECT_TRUE(publish(3)) << "behind those that wait";
    EXPECT_THAT(published(), IsEmpty());
    waiting.go_on();
    EXPECT_THAT(published(), ElementsAre(1));
    sink.room = 10;
    waiting.go_on();
    EXPECT_THAT(published(), ElementsAre(1, 2, 3));
    EXPECT_EQ(waiting.size(), 0u);
    EXPECT_TRUE(publish(4));
    EXPECT_THAT(published(), ElementsAre(1, 2, 3, 4));
}

TEST_F(WaitingAnswersTest, AreServedBySenderInTurn) {
    sink.room = 0;
    for (realtime::Ticket ticket = 1; ticket <= 2; ++ticket) EXPECT_TRUE(publish(ticket, 7));
    EXPECT_TRUE(publish(3, 8));
    sink.room = 2;
    waiting.go_on();
    ASSERT_EQ(sink.published.size(), 2u);
    EXPECT_NE(sink.published[0].sender, sink.published[1].sender) << "one each";
}

TEST_F(WaitingAnswersTest, HaveTheirLanesApart) {
    sink.room = 0;
    for (realtime::Ticket ticket = 1; ticket <= 2; ++ticket) EXPECT_TRUE(publish(ticket));
    sink.room = 1;
    EXPECT_TRUE(publish(3, 7, realtime::Lane::refusal)) << "nothing waits in that lane";
    EXPECT_THAT(published(), ElementsAre(3));
}

TEST_F(WaitingAnswersTest, AreBounded) {
    sink.room = 0;
    int kept = 0;
    for (realtime::Ticket ticket = 1; ticket <= 20; ++ticket) kept += publish(ticket) ? 1 : 0;
    EXPECT_GT(kept, 1);
    EXPECT_LE(kept, 4);
    EXPECT_EQ(waiting.size(), static_cast<std::size_t>(kept));
    EXPECT_TRUE(publish(30, 8)) << "the flood of one leaves room for another";
    EXPECT_TRUE(publish(31, 7, realtime::Lane::refusal)) << "each lane has its bound";
    sink.room = 100;
    waiting.go_on();
    EXPECT_EQ(sink.published.size(), static_cast<std::size_t>(kept) + 2);
    sink.room = 0;
    EXPECT_TRUE(publish(40)) << "what went out takes no place";
}

}  // namespace
