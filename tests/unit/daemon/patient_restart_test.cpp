#include "agent/daemon/core/patient_restart.hpp"

#include <gtest/gtest.h>

namespace agent::daemon {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint asked{100s};

TEST(PatientRestart, IsDueOnceNothingCameForTheQuietTime) {
    PatientRestart restart{asked, 600s, 10s};
    EXPECT_EQ(restart.look(asked, {false, 7}), asked + 10s);
    EXPECT_EQ(restart.look(asked + 9s, {false, 7}), asked + 10s);
    EXPECT_EQ(restart.look(asked + 10s, {false, 7}), std::nullopt);
}

TEST(PatientRestart, CountsACommandThatCameAndWentBetweenTwoLooks) {
    PatientRestart restart{asked, 600s, 10s};
    restart.look(asked, {false, 7});
    EXPECT_EQ(restart.look(asked + 10s, {false, 8}), asked + 20s);
    EXPECT_EQ(restart.look(asked + 20s, {false, 8}), std::nullopt);
}

TEST(PatientRestart, WaitsForWhatIsInFlightWithAnyQuietTime) {
    PatientRestart restart{asked, 600s, 0s};
    EXPECT_EQ(restart.look(asked, {true, 7}), asked + PatientRestart::shortest_wait);
    EXPECT_EQ(restart.look(asked + 1s, {false, 7}), std::nullopt);
}

TEST(PatientRestart, IsDueAfterTheGraceWhateverIsInFlight) {
    PatientRestart restart{asked, 15s, 10s};
    EXPECT_EQ(restart.look(asked, {true, 7}), asked + 10s);
    EXPECT_EQ(restart.look(asked + 10s, {true, 7}), asked + 15s);
    EXPECT_NE(restart.look(asked + 15s - 1ns, {true, 8}), std::nullopt);
    EXPECT_EQ(restart.look(asked + 15s, {true, 9}), std::nullopt);
}

TEST(PatientRestart, IsDueAtOnceWithoutGraceOrWithoutAQuietTime) {
    EXPECT_EQ((PatientRestart{asked, 0s, 10s}.look(asked, {true, 7})), std::nullopt);
    EXPECT_EQ((PatientRestart{asked, 600s, 0s}.look(asked, {false, 7})), std::nullopt);
}

}  // namespace
}  // namespace agent::daemon
