// The code of a command follows the cause of what it met.
#include <gtest/gtest.h>

#include <set>

#include "agent/control/exit_code.hpp"
#include "agent/pairing/pair.hpp"

namespace {

using service::Exit;

TEST(ExitOfCause, LeavesPermissionsToCredentialsAlone) {
    EXPECT_EQ(service::exit_of(core::Cause::credential), Exit::refused);
    EXPECT_EQ(service::exit_of(core::Cause::settings), Exit::bad_configuration);
    EXPECT_EQ(service::exit_of(core::Cause::others), Exit::unavailable);
    EXPECT_EQ(service::exit_of(core::Cause::passing), Exit::unavailable);
}

TEST(ExitOfCause, APairingEndsAsItDoes) {
    EXPECT_EQ(pairing::outcome_of(core::Cause::credential), pairing::PairOutcome::refused);
    EXPECT_EQ(pairing::outcome_of(core::Cause::settings), pairing::PairOutcome::misconfigured);
    EXPECT_EQ(pairing::outcome_of(core::Cause::others), pairing::PairOutcome::unavailable);
    EXPECT_EQ(pairing::outcome_of(core::Cause::passing), pairing::PairOutcome::unavailable);
}

TEST(ExitOfCause, EachCodeIsExplainedOnce) {
    std::set<Exit> seen;
    for (const auto& [code, meaning] : service::exit_meanings) {
        EXPECT_TRUE(seen.insert(code).second) << static_cast<int>(code);
        EXPECT_FALSE(meaning.empty());
    }
    EXPECT_TRUE(seen.contains(Exit::not_reloaded));
}

}  // namespace
