// What time it is at the server.
#include "agent/credentials/server_time.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using credentials::ServerTime;

constexpr auto slack = 5s;  // for the test itself

std::chrono::system_clock::duration ahead_of_ours(const ServerTime& time) {
    return time.now() - std::chrono::system_clock::now();
}

TEST(ServerTime, IsOursUntilTheServerHasSaidAnything) {
    const ServerTime time;
    EXPECT_LT(std::chrono::abs(ahead_of_ours(time)), slack);
}

TEST(ServerTime, GoesOnFromTheLastDate) {
    ServerTime time;
    time.learn(std::chrono::system_clock::now() + 1h);
    EXPECT_LT(std::chrono::abs(ahead_of_ours(time) - 1h), slack);
    time.learn(std::chrono::system_clock::now() - 2h);
    EXPECT_LT(std::chrono::abs(ahead_of_ours(time) + 2h), slack);
    time.learn(std::chrono::system_clock::now());
    EXPECT_LT(std::chrono::abs(ahead_of_ours(time)), slack);
}

TEST(ServerTime, HasWholeSecondsForWhatIsKept) {
    const ServerTime time;
    const auto exact = time.now();
    EXPECT_LE(time.wall_now() - exact, 1s);
    EXPECT_LE(exact - time.wall_now(), 2s);
}

}  // namespace
