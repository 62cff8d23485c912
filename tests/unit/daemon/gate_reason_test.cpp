#include "agent/daemon/core/gate_reason.hpp"

#include <gtest/gtest.h>

namespace agent::daemon {
namespace {

TEST(GateReason, AnUnpairedMachineIsToBePaired) {
    const GateFacts facts{.unpaired = true};
    EXPECT_EQ(gate_notice(facts).line(), "not paired; run `agent --pair` to pair this machine");
    EXPECT_TRUE(gate_is_wanted(facts));
}

TEST(GateReason, WhatAWipeOwesIsSaidAndPairingEndsIt) {
    const GateFacts facts{.unpaired = true, .owed = "a wipe is not finished"};
    EXPECT_EQ(gate_notice(facts).line(), "a wipe is not finished; run `agent --pair` to pair this machine");
    EXPECT_FALSE(gate_is_wanted(facts));
}

TEST(GateReason, TheStoresOwnSentenceHasItsRemedy) {
    const GateFacts facts{.store = "the folder is open to others: chmod 0700"};
    EXPECT_EQ(gate_notice(facts).line(), "the folder is open to others: chmod 0700");
    EXPECT_EQ(gate_notice(facts).remedy, "");
    EXPECT_FALSE(gate_is_wanted(facts));
}

TEST(GateReason, WhatIsWrongWithACredentialThatIsThereComesFirst) {
    for (const GateFacts& facts :
         {GateFacts{.problem = "it belongs to another backend", .unpaired = true},
          GateFacts{.problem = "it belongs to another backend", .store = "damaged"},
          GateFacts{.problem = "it belongs to another backend", .unpaired = true, .owed = "a wipe is not finished"}}) {
        EXPECT_EQ(gate_notice(facts).line(), "it belongs to another backend");
        EXPECT_FALSE(gate_is_wanted(facts));
    }
}

}  // namespace
}  // namespace agent::daemon
