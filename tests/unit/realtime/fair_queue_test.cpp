#include "agent/realtime/core/fair_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace realtime {
namespace {

using ::testing::ElementsAre;

struct Thing {
    SenderId who = 0;
    int number = 0;
    Slot slot = 0;
    std::size_t bytes = 0;
};

class FairQueueTest : public testing::Test {
  protected:
    void put(SenderId who, int number, std::size_t bytes = 100) {
        const Slot slot = queue.enter(who);
        queue.put_back(slot, {who, number, slot, bytes});
    }
    Thing take() {
        const Thing named = *queue.next();
        const Thing taken = queue.take(named.bytes);
        EXPECT_EQ(named.number, taken.number);
        queue.leave(taken.slot);
        return taken;
    }
    /// How many things are taken until that sender's next one comes, that one included; 0: it does not within `most`.
    std::size_t turns_until(SenderId who, std::size_t most = 100'000) {
        for (std::size_t turn = 1; turn <= most && !queue.empty(); ++turn) {
            if (take().who == who) return turn;
        }
        return 0;
    }

    FairQueue<Thing> queue;
};

TEST_F(FairQueueTest, KeepsTheOrderOfOneSender) {
    for (int i = 0; i < 100; ++i) put(1, i);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(take().number, i);
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.next(), nullptr);
}

TEST_F(FairQueueTest, ServesSendersInTurn) {
    for (int i = 0; i < 3; ++i) put(1, 10 + i);
    for (int i = 0; i < 3; ++i) put(2, 20 + i);
    std::vector<int> order;
    while (!queue.empty()) order.push_back(take().number);
    EXPECT_THAT(order, ElementsAre(10, 20, 11, 21, 12, 22));
}

TEST_F(FairQueueTest, WhoSendsOneThingWaitsForOneTurnOfTheOthers) {
    constexpr SenderId visitor = 999'999;
    for (const std::size_t senders : {1U, 3U, 100U, 10'000U}) {
        queue.clear();
        constexpr std::size_t things = 30'000;
        for (std::size_t i = 0; i < things; ++i) put(1 + i % senders, static_cast<int>(i));
        for (int i = 0; i < 50; ++i) take();
        put(visitor, -1);
        const std::size_t waited = turns_until(visitor);
        EXPECT_GT(waited, 0u) << senders;
        EXPECT_LE(waited, 2 * SenderTable::slots) << senders << " senders";
        EXPECT_EQ(queue.size(), things - 50 - waited + 1) << senders;
    }
}

TEST_F(FairQueueTest, ANewSenderIsNextWhereOthersHaveHadTheirTurns) {
    for (int i = 0; i < 3000; ++i) put(1, i);
    for (int i = 0; i < 20; ++i) take();
    put(2, -1);
    EXPECT_EQ(turns_until(2), 1u);
}

// Each command of the flood has a name of its own, and more of them come than are answered.
TEST_F(FairQueueTest, InventedNamesStarveNobodyWhoWaits) {
    constexpr SenderId known = 7;
    put(known, 0), put(known, 1);
    take(), take();
    SenderId invented = 1000;
    for (int i = 0; i < 3000; ++i) put(++invented, i);
    for (int i = 0; i < 50; ++i) put(known, i);
    std::size_t served = 0;
    for (std::size_t turn = 0; turn < 50 * SenderTable::slots; ++turn) {
        put(++invented, 0), put(++invented, 0);
        if (take().who == known) ++served;
    }
    EXPECT_EQ(served, 50u);
}

TEST_F(FairQueueTest, ANewcomerBehindABurstOfInventedNamesIsNotLast) {
    for (SenderId who = 1; who <= 3000; ++who) put(who, 0);
    for (int i = 0; i < 50; ++i) take();
    put(1'000'000, 0);
    EXPECT_LE(turns_until(1'000'000), 2 * SenderTable::slots);
}

TEST_F(FairQueueTest, TheOldestOfTheSharedSlotIsNotStarvedByTheNewest) {
    for (SenderId who = 1; who <= 1000; ++who) put(who, static_cast<int>(who));
    bool seen = false;
    SenderId more = 10'000;
    for (int turn = 0; turn < 200 && !seen; ++turn) {
        put(++more, 0), put(++more, 0);
        seen = take().who == SenderTable::most_new + 1;  // the first that found no slot
    }
    EXPECT_TRUE(seen);
}

TEST_F(FairQueueTest, LargeThingsCountAsSeveralTurns) {
    constexpr std::size_t large = 8 << 20;
    for (int i = 0; i < 10; ++i) put(1, i, large);
    for (int i = 0; i < 100; ++i) put(2, i);
    std::map<SenderId, int> served;
    for (int turn = 0; turn < 66; ++turn) ++served[take().who];
    EXPECT_LE(served[1], 3) << "it has its turns all the same:";
    EXPECT_GE(served[1], 2);
    while (!queue.empty()) take();
}

TEST_F(FairQueueTest, WhatComesBackStandsInFrontOfItsSendersOthers) {
    for (int i = 0; i < 3; ++i) put(1, i);
    Thing first = queue.take(0);
    Thing second = queue.take(0);
    queue.put_front(second.slot, second);
    queue.put_front(first.slot, first);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(take().number, i);
}

TEST_F(FairQueueTest, TakesOneOfTheLongestQueue) {
    put(1, 1), put(2, 2), put(2, 3);
    const auto gone = queue.take_of_longest([](const Thing& one) { return one.number > 0; });
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->number, 2);
    EXPECT_FALSE(queue.take_of_longest([](const Thing& one) { return one.number == 2; }));
    EXPECT_EQ(queue.size(), 2u);
}

TEST(SenderTable, HasAConstantNumberOfSlots) {
    SenderTable table;
    for (SenderId who = 0; who < 100'000; ++who) {
        const Slot slot = table.enter(who);
        EXPECT_LT(slot, SenderTable::slots);
        if (who % 3 == 0) table.leave(slot);
    }
}

TEST(SenderTable, AKnownSenderKeepsItsSeatThroughAFloodOfNames) {
    SenderTable table;
    for (int i = 0; i < 2; ++i) table.leave(table.enter(5));
    const Slot mine = table.find(5);
    ASSERT_NE(mine, SenderTable::shared);
    for (SenderId who = 100; who < 10'100; ++who) table.leave(table.enter(who));
    EXPECT_EQ(table.find(5), mine);
    EXPECT_EQ(table.find(100), SenderTable::shared);
}

TEST(SenderTable, WhoComesBackThroughAFloodOfNamesIsKnown) {
    SenderTable table;
    constexpr SenderId far = 0x1234'5678'0000'0005;
    EXPECT_TRUE(table.stranger(far));
    table.leave(table.enter(far));
    for (SenderId who = 100; who < 3'100; ++who) table.enter(who << 33U | who);
    EXPECT_EQ(table.find(far), SenderTable::shared) << "its slot was taken";
    EXPECT_FALSE(table.stranger(far));
    const Slot slot = table.enter(far);
    EXPECT_NE(slot, SenderTable::shared);
    table.leave(slot);
    for (SenderId who = 10'000; who < 20'000; ++who) table.enter(who << 33U | who);
    EXPECT_EQ(table.find(far), slot);
}

TEST(SenderTable, TakesTheSeatThatWasIdleForLongestAndNeverOneInUse) {
    SenderTable table;
    std::vector<Slot> slots;
    for (SenderId who = 1; who <= SenderTable::most_new; ++who) slots.push_back(table.enter(who));
    EXPECT_EQ(table.enter(50), SenderTable::shared) << "all are in use";
    table.leave(slots[3]);
    EXPECT_EQ(table.enter(51), slots[3]);
    EXPECT_EQ(table.find(4), SenderTable::shared);
    EXPECT_EQ(table.held(SenderTable::shared), 1u);
    table.leave(SenderTable::shared);
    table.leave(SenderTable::shared);
    EXPECT_EQ(table.held(SenderTable::shared), 0u) << "what is not there cannot leave";
}

// Whose turn it is does not depend on how often, or when, it was asked.
TEST_F(FairQueueTest, AskingChangesNothing) {
    FairQueue<Thing> unasked;
    std::mt19937 random{1};
    for (int i = 0; i < 20'000; ++i) {
        const SenderId who = 1 + random() % (random() % 2 == 0 ? 5 : 100);
        const unsigned what = random() % 8;
        queue.next();
        if (what < 4) {
            const Slot slot = queue.enter(who);
            ASSERT_EQ(unasked.enter(who), slot);
            const Thing thing{who, i, slot, random() % 300'000};
            what == 0 ? queue.put_front(slot, thing) : queue.put_back(slot, thing);
            what == 0 ? unasked.put_front(slot, thing) : unasked.put_back(slot, thing);
        } else if (what == 4) {
            const auto is_it = [who](const Thing& thing) { return thing.who == who; };
            const auto taken = queue.take_of_longest(is_it);
            const auto same = unasked.take_of_longest(is_it);
            ASSERT_EQ(taken.has_value(), same.has_value());
            if (taken) queue.leave(taken->slot), unasked.leave(same->slot);
        } else if (what == 5 && i % 50 == 0) {
            const auto leaves = [who](FairQueue<Thing>& from) {
                return [who, &from](const Thing& thing) { return thing.who == who && (from.leave(thing.slot), true); };
            };
            queue.remove_if(leaves(queue));
            unasked.remove_if(leaves(unasked));
        } else if (!queue.empty()) {
            const Thing taken = queue.take(queue.next()->bytes);
            const Thing same = unasked.take(taken.bytes);
            ASSERT_EQ(taken.number, same.number) << i;
            queue.leave(taken.slot), unasked.leave(same.slot);
        }
    }
}

}  // namespace
}  // namespace realtime
