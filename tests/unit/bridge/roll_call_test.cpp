// Who is online, as presence tells.
#include "agent/bridge/roll_call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using bridge::read_presence;
using ::testing::ElementsAre;
using ::testing::Pair;

TEST(RollCall, EachAgentInPresenceIsOnlineWithItsVersion) {
    const auto online = read_presence(R"({"k1":{"metas":[{"device_uuid":"u1","version":"1.2"},{"device_uuid":"u2"}]},)"
                                      R"("k2":{"metas":[{"phx_ref":"x"}]},"k3":{"metas":7},"k4":[]})");
    ASSERT_TRUE(online);
    EXPECT_THAT(*online, ElementsAre(Pair("u1", "1.2"), Pair("u2", "")));
}

TEST(RollCall, WhatOthersWroteIsCleaned) {
    const auto online = read_presence(R"({"k":{"metas":[{"device_uuid":"u1","version":"1\u001b[31m"}]}})");
    ASSERT_TRUE(online);
    EXPECT_THAT(*online, ElementsAre(Pair("u1", "1[31m")));
}

TEST(RollCall, WhatIsNoPresenceIsNotRead) {
    EXPECT_FALSE(read_presence("[]"));
    EXPECT_FALSE(read_presence("{"));
    EXPECT_TRUE(read_presence("{}"));
}

}  // namespace
