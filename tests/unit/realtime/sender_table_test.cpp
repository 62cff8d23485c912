// Slots of senders: a flood of invented names turns over a few of them, and leaves the others alone.
#include "agent/realtime/core/sender_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace {

using realtime::SenderId;
using realtime::SenderTable;
using realtime::Slot;

/// Names that differ in all bits that the table looks at.
SenderId name_number(std::uint64_t number) {
    return number * 0x9e3779b97f4a7c15U;
}

struct SenderTableTest : ::testing::Test {
    /// Comes and goes.
    Slot visit(SenderId who) {
        const Slot slot = table.enter(who);
        table.leave(slot);
        return slot;
    }
    SenderTable table;
};

TEST_F(SenderTableTest, ASenderHasOneSeatForAllItHolds) {
    EXPECT_TRUE(table.stranger(name_number(1)));
    const Slot slot = table.enter(name_number(1));
    EXPECT_NE(slot, SenderTable::shared);
    EXPECT_EQ(table.enter(name_number(1)), slot);
    EXPECT_EQ(table.find(name_number(1)), slot);
    EXPECT_EQ(table.owner(slot), name_number(1));
    EXPECT_EQ(table.held(slot), 2u);
    EXPECT_FALSE(table.stranger(name_number(1)));
    EXPECT_NE(table.enter(name_number(2)), slot);
    EXPECT_EQ(table.total(), 3u);
    table.leave(slot);
    EXPECT_EQ(table.held(slot), 1u);
    EXPECT_EQ(table.total(), 2u);
}

TEST_F(SenderTableTest, LeavingASeatThatHoldsNothingChangesNothing) {
    table.leave(SenderTable::shared);
    table.leave(5);
    EXPECT_EQ(table.total(), 0u);
    const Slot slot = visit(name_number(1));
    table.leave(slot);
    EXPECT_EQ(table.held(slot), 0u);
    EXPECT_EQ(table.total(), 0u);
}

TEST_F(SenderTableTest, NewcomersShareAFewSeatsAndTheNextOnesTheCrowd) {
    std::set<Slot> slots;
    for (std::uint64_t i = 1; i <= SenderTable::most_new; ++i) slots.insert(table.enter(name_number(i)));
    EXPECT_EQ(slots.size(), SenderTable::most_new);
    EXPECT_FALSE(slots.contains(SenderTable::shared));
    EXPECT_EQ(table.enter(name_number(100)), SenderTable::shared) << "each slot holds something";
    EXPECT_EQ(table.enter(name_number(101)), SenderTable::shared);
    EXPECT_EQ(table.held(SenderTable::shared), 2u);
    EXPECT_FALSE(table.stranger(name_number(100))) << "a few bits of it are remembered";
}

TEST_F(SenderTableTest, TheNewcomerThatWasIdleForLongestGoesFirst) {
    std::vector<Slot> slots;
    for (std::uint64_t i = 1; i <= SenderTable::most_new; ++i) slots.push_back(visit(name_number(i)));
    EXPECT_EQ(visit(name_number(100)), slots.front());
    EXPECT_EQ(table.find(name_number(1)), SenderTable::shared);
    EXPECT_FALSE(table.stranger(name_number(1))) << "a few bits of it are remembered";
    EXPECT_EQ(visit(name_number(101)), slots.at(1));
}

TEST_F(SenderTableTest, AFloodOfNamesLeavesKnownSendersAlone) {
    const Slot slot = visit(name_number(1));
    EXPECT_EQ(visit(name_number(1)), slot) << "seen again: known from now on";
    for (std::uint64_t i = 1000; i < 3000; ++i) visit(name_number(i));
    EXPECT_EQ(table.find(name_number(1)), slot);
    EXPECT_EQ(table.enter(name_number(1)), slot);
}

TEST_F(SenderTableTest, OneThatComesBackAfterItsSeatWentIsKnown) {
    visit(name_number(1));
    for (std::uint64_t i = 100; i < 100 + SenderTable::most_new; ++i) visit(name_number(i));
    ASSERT_EQ(table.find(name_number(1)), SenderTable::shared);
    const Slot slot = visit(name_number(1));
    EXPECT_NE(slot, SenderTable::shared);
    for (std::uint64_t i = 1000; i < 1100; ++i) visit(name_number(i));
    EXPECT_EQ(table.find(name_number(1)), slot) << "it sits with the known ones";
}

TEST_F(SenderTableTest, OfTheKnownOnesTheIdleOneMakesRoom) {
    for (std::uint64_t i = 1; i <= SenderTable::most_known; ++i) {
        visit(name_number(i));
        visit(name_number(i));
    }
    const Slot oldest = table.find(name_number(1));
    visit(name_number(100));
    visit(name_number(100));
    EXPECT_EQ(table.find(name_number(1)), SenderTable::shared);
    EXPECT_FALSE(table.stranger(name_number(1)));
    EXPECT_NE(table.find(name_number(100)), SenderTable::shared);
    EXPECT_NE(oldest, SenderTable::shared);
    for (std::uint64_t i = 2; i <= SenderTable::most_known; ++i) {
        EXPECT_NE(table.find(name_number(i)), SenderTable::shared) << i;
    }
}

TEST_F(SenderTableTest, AKnownOneThatHoldsSomethingKeepsItsSlot) {
    for (std::uint64_t i = 1; i <= SenderTable::most_known; ++i) {
        visit(name_number(i));
        table.enter(name_number(i));
    }
    visit(name_number(100));
    visit(name_number(100));
    for (std::uint64_t i = 1; i <= SenderTable::most_known; ++i) {
        EXPECT_NE(table.find(name_number(i)), SenderTable::shared) << i;
    }
    EXPECT_NE(table.find(name_number(100)), SenderTable::shared) << "it stays among the newcomers";
}

TEST_F(SenderTableTest, WhateverComesTheCountsAddUp) {
    std::vector<Slot> held;
    std::uint64_t random = 1;
    for (int step = 0; step < 20'000; ++step) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        const bool enters = held.empty() || ((random >> 60U) < 9 && held.size() < 200);
        if (enters) {
            held.push_back(table.enter(name_number((random >> 33U) % 300)));
        } else {
            const std::size_t which = (random >> 33U) % held.size();
            table.leave(held[which]);
            held.erase(held.begin() + static_cast<std::ptrdiff_t>(which));
        }
        ASSERT_EQ(table.total(), held.size());
    }
    std::size_t sum = 0;
    for (Slot slot = 0; slot < SenderTable::slots; ++slot) {
        EXPECT_EQ(table.held(slot), static_cast<std::size_t>(std::count(held.begin(), held.end(), slot)));
        sum += table.held(slot);
    }
    EXPECT_EQ(sum, held.size());
}

}  // namespace
