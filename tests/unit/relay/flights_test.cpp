// What is in flight: where each command is, what all of them take, and which stranger's has to make room.
#include "agent/relay/core/flights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using relay::Command;
using relay::Flight;
using relay::Flights;
using relay::Phase;
using relay::Shares;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct FlightsTest : testing::Test {
    Flight& begin(realtime::Ticket ticket, realtime::SenderId sender = 7, std::string_view method = "Page.enable") {
        return flights.begin(ticket, Command{"1", method, {}, "S", {}}, sender, now);
    }
    /// One that the browser has.
    Flight& send(realtime::Ticket ticket, realtime::SenderId sender = 7, std::string_view method = "Page.enable") {
        Flight& made = begin(ticket, sender, method);
        flights.enter_browser(made, 10);
        return made;
    }

    Flights flights{{.shares = {.commands = 4, .bytes = 100}, .strangers = 2, .stranger_turn = 250ms}};
    TimePoint now{1h};
};

TEST_F(FlightsTest, KeepWhatIsNeededUntilTheEnd) {
    const Flight& made = begin(3);
    EXPECT_EQ(made.ticket, 3u);
    EXPECT_EQ(made.phase, Phase::arrived);
    EXPECT_EQ(made.id, "1");
    EXPECT_EQ(made.method, "Page.enable");
    EXPECT_EQ(made.session, "S");
    EXPECT_EQ(made.begun, now);
    EXPECT_EQ(flights.find(3), &made);
    EXPECT_EQ(flights.find(4), nullptr);
    EXPECT_EQ(flights.size(), 1u);
    flights.end(4);
    EXPECT_EQ(flights.size(), 1u) << "there was none of that ticket";
    flights.end(3);
    EXPECT_EQ(flights.find(3), nullptr);
    EXPECT_EQ(flights.size(), 0u);
}

TEST_F(FlightsTest, CountWhatTheBrowserHas) {
    Flight& one = send(1);
    send(2, 7, "Page.reload");
    begin(3, 7, "Page.reload");
    EXPECT_EQ(flights.at_browser(), 2u);
    EXPECT_EQ(flights.at_browser("Page.reload"), 1u) << "the other one is not there yet";
    EXPECT_EQ(flights.bytes_at_browser(), 20u);
    flights.leave_browser(one);
    flights.leave_browser(one);
    EXPECT_EQ(one.phase, Phase::published);
    EXPECT_EQ(flights.at_browser(), 1u) << "it leaves once";
    EXPECT_EQ(flights.bytes_at_browser(), 10u);
    flights.enter_browser(one, 30);
    EXPECT_EQ(flights.bytes_at_browser(), 40u) << "and may go there again";
}

TEST_F(FlightsTest, LeaveNothingBehindWhereOneEndsAtTheBrowser) {
    send(1);
    flights.end(1);
    EXPECT_EQ(flights.at_browser(), 0u);
    EXPECT_EQ(flights.bytes_at_browser(), 0u);
    EXPECT_FALSE(flights.full_of_strangers());
}

TEST_F(FlightsTest, ListTheUnansweredInTheOrderInWhichTheyCame) {
    for (realtime::Ticket ticket = 40; ticket > 0; --ticket) begin(ticket);
    for (realtime::Ticket ticket = 1; ticket <= 40; ++ticket) {
        if (ticket != 5 && ticket != 17) flights.find(ticket)->phase = Phase::published;
    }
    flights.find(17)->phase = Phase::at_agent;
    EXPECT_EQ(flights.unanswered(), 2u);
    EXPECT_THAT(flights.unanswered_tickets(), ElementsAre(5, 17));
    flights.find(5)->phase = flights.find(17)->phase = Phase::published;
    EXPECT_EQ(flights.unanswered(), 0u);
    EXPECT_THAT(flights.unanswered_tickets(), IsEmpty());
}

TEST_F(FlightsTest, HoldASenderToItsShare) {
    EXPECT_EQ(flights.room_for(7, 0), Shares::Verdict::admitted);
    for (realtime::Ticket ticket = 1; ticket <= 4; ++ticket) begin(ticket);
    EXPECT_EQ(flights.room_for(7, 0), Shares::Verdict::too_many);
    flights.end(2);
    EXPECT_EQ(flights.room_for(7, 0), Shares::Verdict::admitted) << "its place is free again";
    EXPECT_EQ(flights.room_for(7, 101), Shares::Verdict::too_large);
    EXPECT_EQ(flights.room_for(7, 100), Shares::Verdict::admitted);
}

TEST_F(FlightsTest, KnowAStrangerUntilItWasSeen) {
    EXPECT_TRUE(flights.stranger(7));
    EXPECT_TRUE(begin(1).held.stranger);
    EXPECT_FALSE(flights.stranger(7));
    EXPECT_FALSE(begin(2).held.stranger) << "the second one of the name";
}

TEST_F(FlightsTest, HaveTheOldestStrangerMakeRoomOnceItHadItsTurn) {
    Flight& first = send(1, 101);
    now += 100ms;
    EXPECT_FALSE(flights.full_of_strangers());
    Flight& second = send(2, 102);
    EXPECT_TRUE(flights.full_of_strangers());
    EXPECT_EQ(flights.outstayed(first.begun + 249ms), nullptr);
    EXPECT_EQ(flights.outstayed(first.begun + 250ms), &first);
    flights.leave_browser(first);
    EXPECT_FALSE(flights.full_of_strangers());
    EXPECT_EQ(flights.outstayed(first.begun + 300ms), nullptr) << "the next one has not had its turn";
    EXPECT_EQ(flights.outstayed(second.begun + 250ms), &second);
    flights.end(2);
    EXPECT_EQ(flights.outstayed(now + 1h), nullptr) << "nobody is there";
}

TEST_F(FlightsTest, CountNoKnownSenderAsAStranger) {
    begin(1, 101);
    for (realtime::Ticket ticket = 2; ticket <= 4; ++ticket) send(ticket, 101);
    EXPECT_FALSE(flights.full_of_strangers());
    EXPECT_EQ(flights.outstayed(now + 1h), nullptr);
}

TEST_F(FlightsTest, RememberNoStrangersWithoutEnd) {
    for (realtime::Ticket ticket = 1; ticket <= 1000; ++ticket) {
        flights.end(send(ticket, 1000 + ticket).ticket);
    }
    now += 1s;
    Flight& last = send(1001, 5000);
    EXPECT_EQ(flights.outstayed(now + 250ms), &last) << "those before it have gone";
    EXPECT_EQ(flights.size(), 1u);
}

}  // namespace
