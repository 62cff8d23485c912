#include "cdp/core/host_flights.hpp"

#include <gtest/gtest.h>

namespace cdp {
namespace {

using namespace std::chrono_literals;

TEST(HostFlights, count_what_is_not_answered_and_forget_what_never_is) {
    HostFlights flights;
    const TimePoint start{1h};
    EXPECT_TRUE(flights.none(start));
    flights.begun(7, start);
    flights.begun(8, start + 1s);
    EXPECT_FALSE(flights.none(start + 1s));
    flights.ended(8);
    flights.ended(9);
    EXPECT_FALSE(flights.none(start + HostFlights::forgotten_after)) << "still within every limit";
    EXPECT_TRUE(flights.none(start + HostFlights::forgotten_after + 1ns));
    flights.begun(1, start);
    flights.clear();
    EXPECT_TRUE(flights.none(start));
}

TEST(HostFlights, remember_no_more_than_their_bound) {
    HostFlights flights;
    for (std::size_t i = 0; i <= HostFlights::most; ++i) flights.begun(static_cast<std::int32_t>(i), TimePoint{});
    for (std::size_t i = 0; i < HostFlights::most; ++i) flights.ended(static_cast<std::int32_t>(i));
    EXPECT_TRUE(flights.none(TimePoint{}));
}

}  // namespace
}  // namespace cdp
