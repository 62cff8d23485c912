#include "platform/core/backoff.hpp"

#include <gtest/gtest.h>

namespace platform {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesItsCeilingUpToTheCap) {
    Backoff backoff{500ms, 60s, 30s};
    EXPECT_EQ(backoff.next(1.0), 500ms);
    EXPECT_EQ(backoff.next(1.0), 1s);
    EXPECT_EQ(backoff.next(1.0), 2s);
    for (int i = 0; i < 100; ++i) backoff.next(1.0);
    EXPECT_EQ(backoff.next(1.0), 60s);
}

TEST(Backoff, JittersOverTheWholeRange) {
    Backoff backoff{8s, 60s, 30s};
    EXPECT_EQ(backoff.next(0.0), 0s);
    EXPECT_EQ(backoff.next(0.5), 8s);
}

TEST(Backoff, ForgetsOnlyAfterTheLinkHeld) {
    Backoff backoff{1s, 60s, 30s};
    for (int i = 0; i < 4; ++i) backoff.next(1.0);
    backoff.held(29s);
    EXPECT_EQ(backoff.ceiling(), 16s);
    backoff.held(30s);
    EXPECT_EQ(backoff.ceiling(), 1s);
}

TEST(Spread, StaysWithinItsBounds) {
    EXPECT_EQ(spread(30s, 60s, 0.0), 30s);
    EXPECT_EQ(spread(30s, 60s, 0.5), 45s);
    EXPECT_EQ(spread(30s, 60s, 1.0), 60s);
    EXPECT_EQ(spread(30s, 60s, 7.0), 60s);
    EXPECT_EQ(spread(5s, 1s, 0.9), 5s);
}

}  // namespace
}  // namespace platform
