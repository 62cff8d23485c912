#include "agent/realtime/core/outbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace realtime {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Message answer(Ticket ticket, std::size_t size = 10) {
    return {ticket, Lane::answer, "cdp-result", std::string(size, 'x')};
}
Message refusal(Ticket ticket, std::size_t size = 10) {
    return {ticket, Lane::refusal, "cdp-result", std::string(size, 'x')};
}

std::vector<std::pair<Ticket, Settled>> settled(Outbox& outbox) {
    std::vector<std::pair<Ticket, Settled>> all;
    outbox.take_settled([&](Ticket ticket, Settled how, std::string_view) { all.emplace_back(ticket, how); });
    return all;
}

std::vector<Ticket> send_all(Outbox& outbox, Ref& ref, Duration joined = 0s) {
    std::vector<Ticket> sent;
    for (const Lane lane : {Lane::answer, Lane::refusal}) {
        while (const Message* message = outbox.next(lane)) {
            sent.push_back(message->ticket);
            outbox.sent(lane, ++ref, joined);
        }
    }
    return sent;
}

TEST(Outbox, DeliversInOrderAndForgetsWhatIsAcknowledged) {
    Outbox outbox{{}};
    for (Ticket ticket = 1; ticket <= 3; ++ticket) EXPECT_TRUE(outbox.add(answer(ticket)));
    Ref ref = 0;
    EXPECT_THAT(send_all(outbox, ref), ElementsAre(1, 2, 3));
    EXPECT_EQ(outbox.in_flight(), 3u);
    EXPECT_TRUE(outbox.acknowledged(2));
    EXPECT_FALSE(outbox.acknowledged(2)) << "once only";
    EXPECT_FALSE(outbox.acknowledged(77));
    EXPECT_TRUE(outbox.acknowledged(1));
    EXPECT_TRUE(outbox.acknowledged(3));
    EXPECT_THAT(settled(outbox), ElementsAre(Pair(2, Settled::acknowledged), Pair(1, Settled::acknowledged),
                                             Pair(3, Settled::acknowledged)));
    EXPECT_TRUE(outbox.empty());
    EXPECT_EQ(outbox.bytes(), 0u);
}

TEST(Outbox, SendsAgainInOrderAfterTheLinkWasLostAndNothingTwice) {
    Outbox outbox{{}};
    for (Ticket ticket = 1; ticket <= 4; ++ticket) outbox.add(answer(ticket));
    Ref ref = 0;
    outbox.sent(Lane::answer, ++ref, 0s);
    outbox.sent(Lane::answer, ++ref, 0s);
    outbox.sent(Lane::answer, ++ref, 0s);
    outbox.acknowledged(2);
    outbox.link_lost();
    EXPECT_FALSE(outbox.acknowledged(1)) << "an acknowledgement of the old socket";
    EXPECT_TRUE(outbox.next_is_copy(Lane::answer));
    Ref fresh = 0;
    EXPECT_THAT(send_all(outbox, fresh), ElementsAre(1, 3, 4));
    outbox.link_lost();
    outbox.link_lost();
    EXPECT_THAT(send_all(outbox, fresh), ElementsAre(1, 3, 4));
    EXPECT_EQ(outbox.count(), 3u);
}

TEST(Outbox, DoesNotSendAgainWhatIsToBeSentOnce) {
    Outbox outbox{{}};
    for (Ticket ticket = 1; ticket <= 4; ++ticket) {
        Message message = answer(ticket);
        message.once = ticket != 2;
        outbox.add(std::move(message));
    }
    Ref ref = 0;
    for (int i = 0; i < 3; ++i) outbox.sent(Lane::answer, ++ref, 0s);
    outbox.acknowledged(1);
    outbox.link_lost();
    EXPECT_THAT(settled(outbox), ElementsAre(Pair(1, Settled::acknowledged), Pair(3, Settled::uncertain)));
    Ref fresh = 0;
    EXPECT_THAT(send_all(outbox, fresh), ElementsAre(2, 4)) << "the last one was not sent before";
    EXPECT_TRUE(outbox.postpone(2)) << "the server did not take it";
    EXPECT_THAT(send_all(outbox, fresh), ElementsAre(4));
    outbox.acknowledged(1);
    outbox.acknowledged(3);
    EXPECT_TRUE(outbox.empty());
    EXPECT_EQ(outbox.bytes(), 0u);
}

TEST(Outbox, GivesUpWhatWasSentAndNotAcknowledgedInJoinedTime) {
    Outbox outbox{{.time_to_live = 120s}};
    outbox.add(answer(1));
    Ref ref = 0;
    send_all(outbox, ref, 10s);
    outbox.add(answer(2));
    outbox.expire(129s);
    EXPECT_THAT(settled(outbox), IsEmpty());
    outbox.expire(130s);
    EXPECT_THAT(settled(outbox), ElementsAre(Pair(1, Settled::expired)));
    outbox.expire(100'000s);
    EXPECT_THAT(settled(outbox), IsEmpty()) << "never sent, so kept";
    EXPECT_EQ(outbox.count(), 1u);
}

TEST(Outbox, CountsTheTimeToLiveFromTheFirstSending) {
    Outbox outbox{{.time_to_live = 120s}};
    outbox.add(answer(1));
    outbox.add(answer(2));
    Ref ref = 0;
    outbox.sent(Lane::answer, ++ref, 0s);
    outbox.link_lost();
    send_all(outbox, ref, 100s);
    outbox.expire(120s);
    EXPECT_THAT(settled(outbox), ElementsAre(Pair(1, Settled::expired)));
    outbox.link_lost();
    outbox.expire(220s);
    EXPECT_THAT(settled(outbox), ElementsAre(Pair(2, Settled::expired))) << "while waiting to be sent again, too";
}

TEST(Outbox, IsBoundedInBytes) {
    Outbox outbox{{.bytes = 10'000, .reserve_bytes = 0}};
    EXPECT_TRUE(outbox.add(answer(1, 9'000)));
    EXPECT_FALSE(outbox.add(answer(2, 9'000)));
    EXPECT_LE(outbox.bytes(), 10'000u);
    EXPECT_EQ(outbox.count(), 1u);
}

TEST(Outbox, DropsRefusalsToMakeRoomForAnswers) {
    Outbox outbox{{.bytes = 10'000, .reserve_bytes = 0}};
    EXPECT_TRUE(outbox.add(refusal(1, 4'000)));
    EXPECT_TRUE(outbox.add(refusal(2, 4'000)));
    EXPECT_FALSE(outbox.add(refusal(3, 4'000)));
    EXPECT_TRUE(outbox.add(answer(4, 4'000)));
    EXPECT_THAT(settled(outbox), ElementsAre(Pair(1, Settled::dropped)));
    EXPECT_TRUE(outbox.add(answer(5, 4'000)));
    EXPECT_THAT(settled(outbox), ElementsAre(Pair(2, Settled::dropped)));
    EXPECT_FALSE(outbox.add(answer(6, 4'000)));
}

TEST(Outbox, KeepsRoomForTheSmallErrorsThatStandInForResults) {
    Outbox outbox{{.bytes = 10'000, .reserve_bytes = 5'000}};
    EXPECT_TRUE(outbox.add(answer(1, 9'800)));
    EXPECT_FALSE(outbox.add(answer(2, 3'000))) << "a result may not use the reserve";
    EXPECT_FALSE(outbox.add(refusal(3, 100))) << "nor may a refusal";
    int errors = 0;
    while (outbox.add(answer(10, 200))) ++errors;
    EXPECT_EQ(errors, 14);
    EXPECT_LE(outbox.bytes(), 15'000u);
}

TEST(Outbox, AMessageRefusedForItsSizeIsNotSentAgain) {
    Outbox outbox{{}};
    outbox.add(answer(1, 5'000));
    Ref ref = 0;
    send_all(outbox, ref);
    EXPECT_EQ(outbox.refused_for_size(1), 5'000u);
    outbox.link_lost();
    EXPECT_EQ(outbox.next(Lane::answer), nullptr);
    std::size_t handed_back = 0;
    outbox.take_settled([&](Ticket, Settled how, std::string_view payload) {
        EXPECT_EQ(how, Settled::too_large);
        handed_back = payload.size();
    });
    EXPECT_EQ(handed_back, 5'000u);
    EXPECT_EQ(outbox.bytes(), 0u);
}

Message of_sender(SenderId sender, Ticket ticket, std::size_t size = 10) {
    Message message = answer(ticket, size);
    message.sender = sender;
    return message;
}

TEST(Outbox, SendsBySenderInTurn) {
    Outbox outbox{{}};
    for (Ticket ticket = 1; ticket <= 3000; ++ticket) outbox.add(of_sender(1, ticket));
    Ref ref = 0;
    for (int i = 0; i < 10; ++i) outbox.sent(Lane::answer, ++ref, 0s);
    outbox.add(of_sender(2, 9001));
    EXPECT_EQ(outbox.next(Lane::answer)->ticket, 9001u);
    outbox.link_lost();
    EXPECT_EQ(outbox.next(Lane::answer)->ticket, 9001u);
    outbox.sent(Lane::answer, ++ref, 0s);
    EXPECT_EQ(outbox.next(Lane::answer)->ticket, 1u) << "sent again, in front of its sender's others";
}

TEST(Outbox, OneSendersResultsLeaveRoomForAnothers) {
    Outbox outbox{{.bytes = 1'000'000}};
    Ticket ticket = 0;
    while (outbox.add(of_sender(1, ++ticket, 10'000))) {
    }
    EXPECT_GT(outbox.bytes(), 700'000u);
    EXPECT_LT(outbox.bytes(), 800'000u);
    EXPECT_TRUE(outbox.add(of_sender(2, ++ticket, 100'000)));
    Ref ref = 0;
    send_all(outbox, ref);
    EXPECT_FALSE(outbox.add(of_sender(1, ++ticket, 10'000))) << "what is not acknowledged counts";
    EXPECT_TRUE(outbox.acknowledged(1));
}

TEST(Outbox, RefusalsThatAreOwedStayAndFillNoMoreThanTheirPart) {
    Outbox outbox{{.bytes = 100'000, .reserve_bytes = 0, .refusal_bytes = 20'000}};
    const auto owed = [](Ticket ticket) {
        Message message = refusal(ticket, 1'000);
        message.owed = true;
        return message;
    };
    EXPECT_TRUE(outbox.add(refusal(1, 1'000)));
    Ticket ticket = 1;
    while (outbox.add(owed(++ticket))) {
    }
    EXPECT_LE(outbox.bytes(), 20'000u);
    EXPECT_THAT(settled(outbox), ElementsAre(Pair(1, Settled::dropped))) << "what is not owed makes room";
    EXPECT_TRUE(outbox.add(of_sender(5, 100, 70'000)));
    EXPECT_FALSE(outbox.add(of_sender(6, 101, 20'000)));
    EXPECT_THAT(settled(outbox), IsEmpty());
}

TEST(Outbox, KnowsTheLargestInFlight) {
    Outbox outbox{{}};
    EXPECT_FALSE(outbox.largest_in_flight());
    outbox.add(answer(1, 10));
    outbox.add(answer(2, 5'000));
    outbox.add(answer(3, 20));
    Ref ref = 0;
    send_all(outbox, ref);
    ASSERT_TRUE(outbox.largest_in_flight());
    EXPECT_EQ(outbox.largest_in_flight()->ref, 2u);
    EXPECT_EQ(outbox.largest_in_flight()->size, 5'000u);
    outbox.acknowledged(2);
    EXPECT_EQ(outbox.largest_in_flight()->ref, 3u);
}

TEST(Outbox, APostponedMessageWaitsBehindTheOthers) {
    Outbox outbox{{}};
    outbox.add(answer(1));
    Ref ref = 0;
    send_all(outbox, ref);
    outbox.add(answer(2));
    EXPECT_TRUE(outbox.postpone(1));
    EXPECT_FALSE(outbox.acknowledged(1));
    EXPECT_THAT(send_all(outbox, ref), ElementsAre(2, 1));
}

TEST(Outbox, WhatWasDeliveredOnAnotherWayIsSettledWhereverItStands) {
    Outbox outbox{{}};
    Ref ref = 0;
    outbox.add(answer(1));
    outbox.add(answer(2));
    send_all(outbox, ref);
    for (const Ticket ticket : {3, 4, 5}) outbox.add(answer(ticket));
    outbox.add(refusal(6));
    EXPECT_EQ(outbox.first(Lane::answer, [](const Message& one) { return one.ticket > 3; })->ticket, 4u);
    EXPECT_EQ(outbox.first(Lane::answer, [](const Message& one) { return one.ticket == 6; }), nullptr);
    for (const Ticket ticket : {1, 4, 6}) EXPECT_TRUE(outbox.delivered(ticket)) << ticket;
    for (const Ticket ticket : {1, 4, 9}) EXPECT_FALSE(outbox.delivered(ticket)) << ticket;
    EXPECT_THAT(settled(outbox), ElementsAre(Pair(1, Settled::acknowledged), Pair(4, Settled::acknowledged),
                                             Pair(6, Settled::acknowledged)));
    EXPECT_EQ(outbox.count(), 3u);
    EXPECT_FALSE(outbox.acknowledged(1)) << "its acknowledgement comes too late";
    EXPECT_TRUE(outbox.acknowledged(2));
    EXPECT_THAT(send_all(outbox, ref), ElementsAre(3, 5));
}

TEST(Outbox, MayBeAddedToWhileItTells) {
    Outbox outbox{{}};
    outbox.add(answer(1));
    Ref ref = 0;
    send_all(outbox, ref);
    outbox.acknowledged(1);
    std::vector<Ticket> told;
    outbox.take_settled([&](Ticket ticket, Settled, std::string_view) {
        told.push_back(ticket);
        outbox.add(answer(2));
    });
    EXPECT_THAT(told, ElementsAre(1));
    EXPECT_EQ(outbox.count(), 1u);
}

TEST(Outbox, HoldsNoMoreMemoryAfterManyMessages) {
    Outbox outbox{{}};
    Ref ref = 0;
    for (Ticket ticket = 0; ticket < 200'000; ++ticket) {
        outbox.add(answer(ticket));
        outbox.sent(Lane::answer, ++ref, 0s);
        ASSERT_TRUE(outbox.acknowledged(ref));
        outbox.take_settled([](Ticket, Settled, std::string_view) {});
    }
    EXPECT_TRUE(outbox.empty());
    EXPECT_EQ(outbox.bytes(), 0u);
}

}  // namespace
}  // namespace realtime
