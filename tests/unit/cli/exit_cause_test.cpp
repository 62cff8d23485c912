// The code of a command follows the cause of what it met.
#include <gtest/gtest.h>

#include <set>

#include "agent/control/exit_code.hpp"
#include "agent/pairing/pair.hpp"

namespace {

using control::Exit;

TEST(ExitOfCause, LeavesPermissionsToCredentialsAlone) {
    EXPECT_EQ(control::exit_of(realtime::Cause::credential), Exit::refused);
    EXPECT_EQ(control::exit_of(realtime::Cause::settings), Exit::bad_configuration);
    EXPECT_EQ(control::exit_of(realtime::Cause::others), Exit::unavailable);
    EXPECT_EQ(control::exit_of(realtime::Cause::passing), Exit::unavailable);
}

TEST(ExitOfCause, APairingEndsAsItDoes) {
    EXPECT_EQ(pairing::outcome_of(realtime::Cause::credential), pairing::PairOutcome::refused);
    EXPECT_EQ(pairing::outcome_of(realtime::Cause::settings), pairing::PairOutcome::misconfigured);
    EXPECT_EQ(pairing::outcome_of(realtime::Cause::others), pairing::PairOutcome::unavailable);
    EXPECT_EQ(pairing::outcome_of(realtime::Cause::passing), pairing::PairOutcome::unavailable);
}

TEST(ExitOfCause, EachCodeIsExplainedOnce) {
    std::set<Exit> seen;
    for (const auto& [code, meaning] : control::exit_meanings) {
        EXPECT_TRUE(seen.insert(code).second) << static_cast<int>(code);
        EXPECT_FALSE(meaning.empty());
    }
    EXPECT_TRUE(seen.contains(Exit::not_reloaded));
}

}  // namespace
