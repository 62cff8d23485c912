// What is said of a clock that is wrong.
#include "agent/credentials/clock_check.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using credentials::clock_complaint;

TEST(ClockWords, SayNothingWithinTheSlackAndWhichWayBeyondIt) {
    const std::chrono::system_clock::time_point theirs{1'800'000'000s};
    EXPECT_EQ(clock_complaint(theirs, theirs), "");
    EXPECT_EQ(clock_complaint(theirs, theirs + credentials::clock_slack), "");
    EXPECT_EQ(clock_complaint(theirs, theirs - credentials::clock_slack), "");
    EXPECT_EQ(clock_complaint(theirs, theirs + 999ms + credentials::clock_slack), "") << "a Date has whole seconds";
    EXPECT_EQ(clock_complaint(theirs, theirs + 48h), "this machine's clock is 2 d ahead of the server's");
    EXPECT_EQ(clock_complaint(theirs, theirs - 48h), "this machine's clock is 2 d behind the server's");
}

}  // namespace
