#include "cdp/core/pending.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>

namespace cdp {
namespace {

using namespace std::chrono_literals;

PendingTable::New command(std::uint64_t ticket, Duration deadline, std::string_view session = "S") {
    return {ticket, 0, 10, TimePoint{deadline}, TimePoint{}, session, "Runtime.evaluate"};
}

TEST(PendingTable, gives_back_what_was_put_in) {
    PendingTable table{41};
    const auto id = table.add(command(7, 30s));
    EXPECT_EQ(id, 42);
    ASSERT_NE(table.find(id), nullptr);
    EXPECT_EQ(table.find(id)->ticket, 7U);
    EXPECT_EQ(table.find(id)->session, "S");
    EXPECT_EQ(table.bytes(), 10U);
    EXPECT_TRUE(table.waits("S", "Runtime.evaluate"));
    EXPECT_FALSE(table.waits("T", "Runtime.evaluate"));
    EXPECT_EQ(table.find(id + 64), nullptr) << "the same slot, another id";
    table.remove(id + 64);
    EXPECT_EQ(table.size(), 1U);
    table.remove(id);
    table.remove(id);
    EXPECT_EQ(table.size(), 0U);
    EXPECT_EQ(table.bytes(), 0U);
    EXPECT_FALSE(table.waits("S", "Runtime.evaluate"));
    EXPECT_EQ(table.find(id), nullptr);
    EXPECT_FALSE(table.next_deadline());
}

TEST(PendingTable, tells_the_askers_commands_from_ours) {
    PendingTable table{0};
    const auto first = table.add(command(1, 30s));
    auto ours = command(0, 30s);
    ours.own = 3;
    const auto own = table.add(ours);
    table.add(command(2, 10s));
    EXPECT_EQ(table.size(), 3U);
    EXPECT_EQ(table.of_asker(), 2U);
    table.remove(own);
    EXPECT_EQ(table.of_asker(), 2U);
    table.remove(first);
    EXPECT_EQ(table.of_asker(), 1U);
    EXPECT_TRUE(table.take_expired(TimePoint{10s}));
    EXPECT_EQ(table.of_asker(), 0U);
    table.add(ours);
    EXPECT_EQ(table.of_asker(), 0U);
    table.add(command(3, 30s));
    EXPECT_TRUE(table.forget(3));
    EXPECT_EQ(table.of_asker(), 0U);
    table.take_all();
    EXPECT_EQ(table.size(), 0U);
}

TEST(PendingTable, ids_stay_within_32_bits_and_positive) {
    PendingTable table{std::numeric_limits<std::int32_t>::max() - 1};
    EXPECT_EQ(table.add(command(1, 1s)), std::numeric_limits<std::int32_t>::max());
    EXPECT_EQ(table.add(command(2, 1s)), 1);
}

TEST(PendingTable, passes_over_ids_whose_slot_is_taken) {
    PendingTable table{0};
    const auto stays = table.add(command(1, 1h));
    for (int i = 0; i < 1000; ++i) {
        const auto id = table.add(command(2, 1s));
        ASSERT_NE(id, stays);
        table.remove(id);
    }
    EXPECT_EQ(table.find(stays)->ticket, 1U);
}

TEST(PendingTable, expires_in_order_of_deadlines) {
    PendingTable table{0};
    table.add(command(3, 30s));
    table.add(command(1, 10s));
    table.add(command(2, 20s));
    EXPECT_EQ(*table.next_deadline(), TimePoint{10s});
    EXPECT_FALSE(table.take_expired(TimePoint{10s} - 1ns));
    EXPECT_EQ(table.take_expired(TimePoint{20s})->ticket, 1U);
    EXPECT_EQ(table.take_expired(TimePoint{20s})->ticket, 2U);
    EXPECT_FALSE(table.take_expired(TimePoint{20s}));
    EXPECT_EQ(*table.next_deadline(), TimePoint{30s});
}

TEST(PendingTable, takes_out_a_session_and_leaves_the_rest) {
    PendingTable table{0};
    for (std::uint64_t i = 0; i < 100; ++i) table.add(command(i, 1s, i % 3 == 0 ? "A" : "B"));
    EXPECT_EQ(table.take_session("A").size(), 34U);
    EXPECT_FALSE(table.waits("A", "Runtime.evaluate"));
    EXPECT_EQ(table.size(), 66U);
    EXPECT_EQ(table.take_all().size(), 66U);
    EXPECT_EQ(table.bytes(), 0U);
}

TEST(PendingTable, agrees_with_a_plain_map_under_random_use) {
    PendingTable table{0};
    std::map<std::int32_t, std::pair<std::uint64_t, TimePoint>> model;
    std::mt19937 random{20261123};
    for (std::uint64_t step = 0; step < 20000; ++step) {
        const auto now = TimePoint{std::chrono::milliseconds{step}};
        if (random() % 2 == 0 && model.size() < 500) {
            const auto deadline = now + std::chrono::milliseconds{random() % 2000};
            const auto id = table.add({step, 0, 1, deadline, now, "S", "A.b"});
            ASSERT_TRUE(model.emplace(id, std::pair{step, deadline}).second);
        } else if (!model.empty() && random() % 3 != 0) {
            auto victim = model.begin();
            std::advance(victim, random() % model.size());
            ASSERT_EQ(table.find(victim->first)->ticket, victim->second.first);
            table.remove(victim->first);
            model.erase(victim);
        }
        while (const auto expired = table.take_expired(now)) {
            const auto found = model.find(expired->id);
            ASSERT_NE(found, model.end());
            ASSERT_LE(found->second.second, now);
            model.erase(found);
        }
        for (const auto& [id, entry] : model) ASSERT_GT(entry.second, now);
        ASSERT_EQ(table.size(), model.size());
    }
}

TEST(PendingTable, counters_of_gone_sessions_do_not_pile_up) {
    PendingTable table{0};
    for (int i = 0; i < 5000; ++i) {
        const auto name = "session-" + std::to_string(i);
        const auto id = table.add(command(1, 1s, name));
        EXPECT_TRUE(table.waits(name, "Runtime.evaluate"));
        table.remove(id);
    }
    EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace cdp
