#include "platform/log/repeats.hpp"

#include <gtest/gtest.h>

namespace {

using namespace platform::log;
using namespace std::chrono_literals;

constexpr Repeats::Time start{std::chrono::hours{24 * 365 * 50}};

TEST(LogRepeats, TheSecondOfALineIsHeldBackUntilItsWindowIsOver) {
    Repeats repeats;
    EXPECT_TRUE(repeats.take(Level::warning, "a", start));
    EXPECT_FALSE(repeats.take(Level::warning, "a", start + first_repeat_window - 1ms));
    EXPECT_TRUE(repeats.take(Level::error, "a", start + 1s)) << "another level is another line";
    EXPECT_TRUE(repeats.take(Level::warning, "b", start + 1s));
    EXPECT_TRUE(repeats.over(start + first_repeat_window - 1ms).empty());
    const auto told = repeats.over(start + first_repeat_window);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].text, "a");
    EXPECT_EQ(told[0].times, 1U);
    EXPECT_TRUE(repeats.over(start + first_repeat_window).empty()) << "told once";
    EXPECT_TRUE(repeats.take(Level::warning, "a", start + first_repeat_window));
}

// A failure that goes on all day, once a second.
TEST(LogRepeats, ADayOfTheSameIsAFewLines) {
    Repeats repeats;
    std::size_t lines = 0, told = 0;
    for (int second = 0; second < 86400; ++second) {
        const auto now = start + std::chrono::seconds(second);
        for (const auto& again : repeats.over(now)) {
            ++lines;
            told += again.times;
        }
        if (repeats.take(Level::warning, "the token was not refreshed", now)) {
            ++lines;
            ++told;
        }
    }
    EXPECT_LT(lines, 70U);
    EXPECT_GT(told, 86400U - 3601U) << "nothing but the last window is untold";
}

TEST(LogRepeats, AfterSilenceALineIsNewsAgain) {
    Repeats repeats;
    auto now = start;
    for (int i = 0; i < 100; ++i) repeats.take(Level::info, "x", now += 30s);
    repeats.over(now += 1h);
    EXPECT_TRUE(repeats.take(Level::info, "x", now += repeat_memory + longest_repeat_window));
    EXPECT_TRUE(repeats.take(Level::info, "x", now + first_repeat_window)) << "its window is the first again";
}

TEST(LogRepeats, OnceForgottenALineIsNewsAgainAndNothingIsLost) {
    Repeats repeats;
    for (int i = 0; i < 3; ++i) repeats.take(Level::info, "a", start);
    repeats.take(Level::info, "b", start);
    const auto told = repeats.forget();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].text, "a");
    EXPECT_EQ(told[0].times, 2U);
    EXPECT_TRUE(repeats.take(Level::info, "a", start));
    EXPECT_TRUE(repeats.over(start + 24h).empty());
}

TEST(LogRepeats, AClockSetBackHoldsNothing) {
    Repeats repeats;
    repeats.take(Level::info, "x", start + 24h);
    repeats.over(start);
    EXPECT_TRUE(repeats.take(Level::info, "x", start));
}

TEST(LogRepeats, RemembersABoundedNumberOfLines) {
    Repeats repeats;
    for (std::size_t i = 0; i <= remembered_lines; ++i) {
        EXPECT_TRUE(repeats.take(Level::info, std::to_string(i), start + std::chrono::milliseconds(i)));
    }
    EXPECT_TRUE(repeats.take(Level::info, "0", start + 1s)) << "forgotten: it made room";
    EXPECT_FALSE(repeats.take(Level::info, std::to_string(remembered_lines), start + 1s));
}

}  // namespace
