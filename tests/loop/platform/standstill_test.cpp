// A loop that stood still: while it ticks, and while it is idle and does not.
#include "platform/standstill.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <boost/asio/detached.hpp>

#include "peer.hpp"

namespace tests {
namespace {

using platform::Standstills;

struct StandstillTest : testing::Test {
    StandstillTest() {
        Standstills::keep_continues();
        net::co_spawn(io, still.watch([this] { ++told; }), net::detached);
        io.run_for(10ms);
    }
    net::io_context io;
    Standstills& still = Standstills::of(io.get_executor());
    int told = 0;
};

TEST_F(StandstillTest, AnIdleLoopHasNoTick) {
    EXPECT_TRUE(still.idle());
    EXPECT_EQ(io.run_for(std::chrono::ceil<std::chrono::milliseconds>(Standstills::tick) + 200ms), 0U);
    EXPECT_EQ(still.count(), 0U);
}

TEST_F(StandstillTest, OneWithSomethingAtHandHas) {
    still.attend();
    EXPECT_FALSE(still.idle());
    EXPECT_GT(io.run_for(std::chrono::ceil<std::chrono::milliseconds>(Standstills::tick) + 200ms), 0U);
    EXPECT_EQ(still.count(), 0U);
    EXPECT_EQ(told, 0);
}

TEST_F(StandstillTest, WhatHasLainInTheSocketTellsAnIdleLoop) {
    still.arrived(Standstills::late - 1ms);
    EXPECT_EQ(still.count(), 0U);
    still.arrived(Standstills::late);
    EXPECT_EQ(still.count(), 1U);
    EXPECT_EQ(still.last(), Standstills::late);
}

TEST_F(StandstillTest, AProcessThatIsContinuedIsToldSoWithoutAMessageToo) {
    ::raise(SIGCONT);
    EXPECT_EQ(still.count(), 1U) << "before any message is looked at";
    EXPECT_EQ(still.last(), Duration::zero());
    ::raise(SIGCONT);
    io.run_for(50ms);
    EXPECT_EQ(told, 1) << "one call for what is new";
    EXPECT_EQ(still.count(), 2U);
    still.attend();
    ::raise(SIGCONT);
    io.run_for(50ms);
    EXPECT_EQ(still.count(), 2U) << "too short to count, while the tick tells how long it was";
}

}  // namespace
}  // namespace tests
