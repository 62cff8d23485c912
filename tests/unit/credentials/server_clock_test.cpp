#include "agent/credentials/core/server_clock.hpp"

#include <gtest/gtest.h>

namespace credentials {
namespace {

using namespace std::chrono_literals;

constexpr ServerClock::Time ours{1'800'000'000s};
constexpr TimePoint booted{100s};

TEST(ServerClock, IsOursUntilADateCame) {
    const ServerClock clock;
    EXPECT_EQ(clock.at(ours, booted), ours);
}

TEST(ServerClock, GoesOnFromTheDateWhateverHappensToOurs) {
    ServerClock clock;
    clock.learn(ours + 2h, ours, booted);
    EXPECT_EQ(clock.at(ours + 5s, booted + 5s), ours + 2h + 5s);
    EXPECT_EQ(clock.at(ours + 2h + 5s, booted + 5s), ours + 2h + 5s) << "ours was set right";
    EXPECT_EQ(clock.at(ServerClock::Time{}, booted + 5s), ours + 2h + 5s) << "ours was set wrong";
    clock.learn(ours - 1h, ours, booted + 10s);
    EXPECT_EQ(clock.at(ours, booted + 10s), ours - 1h);
}

TEST(ServerClock, LessThanTwoSecondsSayNothing) {
    for (const auto difference : {-1999ms, 0ms, 1999ms}) {
        ServerClock clock;
        clock.learn(ours + difference, ours, booted);
        EXPECT_EQ(clock.at(ours, booted), ours) << difference.count();
    }
    for (const auto difference : {-2000ms, 2000ms}) {
        ServerClock clock;
        clock.learn(ours + difference, ours, booted);
        EXPECT_EQ(clock.at(ours, booted), ours + difference) << difference.count();
    }
}

}  // namespace
}  // namespace credentials
