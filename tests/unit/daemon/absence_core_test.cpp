#include "agent/daemon/core/absence.hpp"

#include <gtest/gtest.h>

namespace agent::daemon {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::sys_seconds noon{std::chrono::hours{24 * 20'000}};

TEST(AbsenceDecisions, TheLastSignCountsWhicheverItIs) {
    for (const auto& signs :
         {SignsOfLife{.paired = noon}, SignsOfLife{.last_here = noon}, SignsOfLife{.last_heard = noon}}) {
        EXPECT_EQ(absent_for(signs, noon + 3h), 3h);
    }
    const SignsOfLife all{.paired = noon, .last_here = noon + 2h, .last_heard = noon + 1h};
    EXPECT_EQ(absent_for(all, noon + 3h), 1h);
}

TEST(AbsenceDecisions, WhoIsJoinedIsHere) {
    const SignsOfLife signs{.joined = true, .paired = noon};
    EXPECT_EQ(absent_for(signs, noon + 1000h), 0h);
}

TEST(AbsenceDecisions, AClockThatWasSetBackMakesNoAbsence) {
    EXPECT_EQ(absent_for({.paired = noon}, noon - 3h), 0h);
    EXPECT_EQ(absent_for({.paired = noon}, noon), 0h);
}

TEST(AbsenceDecisions, TooLongBeginsAtTheLimitAndNeverWithoutOne) {
    EXPECT_FALSE(absent_too_long(23h, 24h));
    EXPECT_TRUE(absent_too_long(24h, 24h));
    EXPECT_TRUE(absent_too_long(25h, 24h));
    EXPECT_FALSE(absent_too_long(24h * 10'000, 0h));
    EXPECT_FALSE(absent_too_long(0h, 0h));
}

TEST(AbsenceDecisions, TheNextLookIsAtTheLimitWithinAnHourAndNeverAtOnce) {
    EXPECT_EQ(next_absence_look(0h, 0h), 1h) << "the clock may be set, and the token ends";
    EXPECT_EQ(next_absence_look(0h, 24h), 1h);
    EXPECT_EQ(next_absence_look(23h + 50min, 24h), 10min);
    EXPECT_EQ(next_absence_look(24h, 24h), 1s);
    EXPECT_EQ(next_absence_look(30h, 24h), 1s);
}

}  // namespace
}  // namespace agent::daemon
