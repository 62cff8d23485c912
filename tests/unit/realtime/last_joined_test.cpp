#include "agent/realtime/last_joined.hpp"

#include <gtest/gtest.h>

namespace realtime {
namespace {

using namespace std::chrono_literals;

TEST(LastJoinedPeriod, IsAnHourUnlessTheTimeWithoutAJoinIsLimited) {
    EXPECT_EQ(last_joined_period(0s), 1h);
    EXPECT_EQ(last_joined_period(3s), 1min);
    EXPECT_EQ(last_joined_period(10min), 1min);
    EXPECT_EQ(last_joined_period(1h), 6min);
    EXPECT_EQ(last_joined_period(10h), 1h);
    EXPECT_EQ(last_joined_period(24h * 30), 1h);
}

}  // namespace
}  // namespace realtime
