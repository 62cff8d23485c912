// How far a pace may come back after the server closed the channel for it.
#include "agent/realtime/core/budget_ceiling.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using realtime::BudgetCeiling;

constexpr TimePoint ceiling_start{1h};
constexpr double ceiling_least = 0.2;

TEST(BudgetCeiling, GrowsToTheSettingWhileNothingCloses) {
    BudgetCeiling ceiling{10, 11};
    ceiling.try_higher(ceiling_start);
    EXPECT_DOUBLE_EQ(ceiling.value(), 10.5);
    for (int i = 0; i < 10; ++i) ceiling.try_higher(ceiling_start);
    EXPECT_DOUBLE_EQ(ceiling.value(), 11);
    EXPECT_FALSE(ceiling.lowered());
}

TEST(BudgetCeiling, FallsToAPartOfTheUseAndNotBelowTheLeast) {
    BudgetCeiling stood{10, 10};
    stood.lower(4, true, ceiling_least);
    EXPECT_DOUBLE_EQ(stood.value(), 4 * 0.7);
    BudgetCeiling sudden{10, 10};
    sudden.lower(4, false, ceiling_least);
    EXPECT_DOUBLE_EQ(sudden.value(), 4 * 0.5);
    EXPECT_TRUE(sudden.lowered());
    for (int i = 0; i < 10; ++i) sudden.lower(4, false, ceiling_least);
    EXPECT_DOUBLE_EQ(sudden.value(), ceiling_least);
}

TEST(BudgetCeiling, StandsAtAnotherSettingUnlessAClosureLoweredIt) {
    BudgetCeiling ceiling{10, 10};
    ceiling.bound(40);
    EXPECT_DOUBLE_EQ(ceiling.value(), 40);
    ceiling.lower(8, true, ceiling_least);
    ceiling.bound(50);
    EXPECT_DOUBLE_EQ(ceiling.value(), 8 * 0.7);
    ceiling.bound(5);
    EXPECT_DOUBLE_EQ(ceiling.value(), 5);
}

TEST(BudgetCeiling, TriesOnlyOnceItsPatienceIsOver) {
    BudgetCeiling ceiling{10, 10};
    ceiling.lower(10, true, ceiling_least);
    ceiling.wait_again(ceiling_start);
    const double low = ceiling.value();
    ceiling.try_higher(ceiling_start + BudgetCeiling::first_patience - 1ns);
    EXPECT_DOUBLE_EQ(ceiling.value(), low);
    ceiling.try_higher(ceiling_start + BudgetCeiling::first_patience);
    EXPECT_DOUBLE_EQ(ceiling.value(), low * 1.1);
    ceiling.try_higher(ceiling_start + BudgetCeiling::first_patience);
    EXPECT_DOUBLE_EQ(ceiling.value(), low * 1.1) << "each try has its own patience";
}

TEST(BudgetCeiling, LosesPatienceWhenATryWasTooMuch) {
    BudgetCeiling ceiling{10, 10};
    TimePoint now = ceiling_start;
    ceiling.lower(10, true, ceiling_least);
    ceiling.wait_again(now);
    now += BudgetCeiling::first_patience;
    ceiling.try_higher(now);
    ceiling.lower(10, true, ceiling_least);
    ceiling.wait_again(now);
    const double low = ceiling.value();
    ceiling.try_higher(now + 8 * BudgetCeiling::first_patience - 1ns);
    EXPECT_DOUBLE_EQ(ceiling.value(), low);
    ceiling.try_higher(now + 8 * BudgetCeiling::first_patience);
    EXPECT_GT(ceiling.value(), low);
}

TEST(BudgetCeiling, NeverWaitsLongerThanTheMostPatience) {
    BudgetCeiling ceiling{1000, 1000};
    TimePoint now = ceiling_start;
    for (int i = 0; i < 6; ++i) {
        ceiling.lower(1000, true, ceiling_least);
        ceiling.wait_again(now);
        const double low = ceiling.value();
        now += BudgetCeiling::most_patience;
        ceiling.try_higher(now);
        EXPECT_GT(ceiling.value(), low) << i;
    }
}

TEST(BudgetCeiling, IsPatientAnewOnceItIsBackAtTheSetting) {
    BudgetCeiling ceiling{10, 10};
    TimePoint now = ceiling_start;
    ceiling.lower(10, true, ceiling_least);
    for (int i = 0; i < 20 && ceiling.lowered(); ++i) ceiling.try_higher(now += BudgetCeiling::most_patience);
    EXPECT_FALSE(ceiling.lowered());
    EXPECT_DOUBLE_EQ(ceiling.value(), 10);
}

}  // namespace
