#include "cdp/core/deadlines.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace cdp {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{};

TEST(Deadlines, TheEarliestIsNext) {
    Deadlines deadlines;
    deadlines.reset(4);
    EXPECT_EQ(deadlines.next(), std::nullopt);
    deadlines.add(2, start + 3s);
    deadlines.add(0, start + 1s);
    deadlines.add(3, start + 2s);
    EXPECT_EQ(deadlines.next(), start + 1s);
    EXPECT_EQ(deadlines.next_number(), 0u);
    deadlines.remove(0);
    EXPECT_EQ(deadlines.next_number(), 3u);
    EXPECT_FALSE(deadlines.has(0));
    EXPECT_TRUE(deadlines.has(2));
    deadlines.reset(4);
    EXPECT_FALSE(deadlines.has(2));
    EXPECT_EQ(deadlines.size(), 0u);
}

// Against a plain list, with additions and removals in every order.
TEST(Deadlines, AreInOrderWhateverIsTakenOut) {
    constexpr std::size_t numbers = 64;
    std::mt19937 random{7};
    Deadlines deadlines;
    deadlines.reset(numbers);
    std::vector<std::optional<TimePoint>> plain(numbers);
    for (int step = 0; step < 20'000; ++step) {
        const std::size_t number = random() % numbers;
        if (plain[number]) {
            deadlines.remove(number);
            plain[number].reset();
        } else {
            plain[number] = start + std::chrono::milliseconds{random() % 100};
            deadlines.add(number, *plain[number]);
        }
        std::optional<TimePoint> earliest;
        std::size_t count = 0;
        for (const auto& one : plain) {
            if (one) earliest = std::min(earliest.value_or(*one), *one), ++count;
        }
        ASSERT_EQ(deadlines.next(), earliest) << step;
        ASSERT_EQ(deadlines.size(), count) << step;
        if (earliest) {
            ASSERT_EQ(plain[deadlines.next_number()], earliest) << step;
        }
        ASSERT_EQ(deadlines.count([&](std::size_t one) { return plain[one].has_value(); }), count) << step;
        ASSERT_EQ(deadlines.any([&](std::size_t one) { return one == number; }), plain[number].has_value()) << step;
    }
}

}  // namespace
}  // namespace cdp
