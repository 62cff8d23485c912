// What the relay counts.
#include "agent/relay/core/traffic.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace {

using namespace std::chrono_literals;
using relay::Latency;
using relay::latency_bounds;
using relay::Reason;
using relay::Traffic;

TEST(LatencyTest, PutsEachTimeIntoTheBucketThatIsJustLargeEnough) {
    for (std::size_t i = 0; i < latency_bounds.size(); ++i) {
        Latency latency;
        latency.count(latency_bounds[i]);
        latency.count(latency_bounds[i] + 1us);
        EXPECT_EQ(latency.buckets()[i], 1u) << i;
        EXPECT_EQ(latency.buckets()[i + 1], 1u) << i << ": a little more than the bound";
        EXPECT_EQ(latency.sum(), 2 * latency_bounds[i] + 1us);
    }
}

TEST(LatencyTest, LosesNone) {
    Latency latency;
    for (int i = 0; i < 20; ++i) latency.count(7ms * i * i * i);
    latency.count(0s);
    latency.count(24h);
    const auto& buckets = latency.buckets();
    EXPECT_EQ(std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0}), 22u);
    EXPECT_GE(buckets.back(), 1u) << "what took a day";
    EXPECT_GE(buckets.front(), 2u) << "what took no time";
}

TEST(TrafficTest, CountsRefusalsByTheirReason) {
    Traffic traffic;
    traffic.refusal(Reason::bad_request);
    traffic.refusal(Reason::stale);
    traffic.refusal(Reason::stale);
    EXPECT_EQ(traffic.refusals.front(), 1u);
    EXPECT_EQ(traffic.refusals.back(), 2u) << "each reason has its place";
    EXPECT_EQ(traffic.refusals[static_cast<std::size_t>(Reason::denied)], 0u);
}

TEST(TrafficTest, CountsCommandsAndTheirBytes) {
    Traffic traffic;
    traffic.command(100);
    traffic.command(0);
    EXPECT_EQ(traffic.commands, 2u);
    EXPECT_EQ(traffic.bytes_in, 100u);
}

}  // namespace
