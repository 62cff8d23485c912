// Who is online, as presence tells over time.
#include "agent/bridge/core/presence_roll.hpp"

#include <gtest/gtest.h>

namespace bridge {
namespace {

const std::string both = R"({"k1":{"metas":[{"phx_ref":"a","device_uuid":"u1","version":"1.2"}]},)"
                         R"("k2":{"metas":[{"phx_ref":"b","device_uuid":"u2"},{"phx_ref":"c"}]}})";

struct PresenceRolls : testing::Test {
    PresenceRoll roll;
};

TEST_F(PresenceRolls, AStateNamesThoseWhoAreOnline) {
    EXPECT_FALSE(roll.known());
    ASSERT_TRUE(roll.on_state(both));
    EXPECT_TRUE(roll.known());
    EXPECT_EQ(roll.version_of("u1"), "1.2");
    EXPECT_EQ(roll.version_of("u2"), "");
    EXPECT_FALSE(roll.version_of("u3"));
    ASSERT_TRUE(roll.on_state("{}"));
    EXPECT_FALSE(roll.version_of("u1"));
}

TEST_F(PresenceRolls, WhatIsNoPresenceIsNotRead) {
    EXPECT_FALSE(roll.on_state("[]"));
    EXPECT_FALSE(roll.on_state("{"));
    EXPECT_FALSE(roll.known());
    EXPECT_TRUE(roll.on_state(R"({"k1":{"metas":[{"phx_ref":"a","device_uuid":"u1","version":"1.2"},)"
                              R"({"phx_ref":"b","device_uuid":"u2"}]},)"
                              R"("k2":{"metas":[{"phx_ref":"x"}]},"k3":{"metas":7},"k4":[]})"));
    EXPECT_EQ(roll.version_of("u1"), "1.2");
    EXPECT_EQ(roll.version_of("u2"), "");
}

TEST_F(PresenceRolls, ADiffAddsAndRemoves) {
    roll.on_state(both);
    roll.on_diff(R"({"joins":{"k3":{"metas":[{"phx_ref":"d","device_uuid":"u3","version":"2"}]}},)"
                 R"("leaves":{"k1":{"metas":[{"phx_ref":"a","device_uuid":"u1"}]}}})");
    EXPECT_EQ(roll.version_of("u3"), "2");
    EXPECT_FALSE(roll.version_of("u1"));
}

TEST_F(PresenceRolls, AnUpdateStaysOnlineWhicheverComesFirst) {
    roll.on_state(both);
    for (const auto* diff :
         {R"({"joins":{"k1":{"metas":[{"phx_ref":"e","phx_ref_prev":"a","device_uuid":"u1","version":"1.3"}]}},
                               "leaves":{"k1":{"metas":[{"phx_ref":"a","device_uuid":"u1"}]}}})",
          R"({"leaves":{"k1":{"metas":[{"phx_ref":"e","device_uuid":"u1"}]}},
                               "joins":{"k1":{"metas":[{"phx_ref":"f","device_uuid":"u1","version":"1.4"}]}}})"}) {
        roll.on_diff(diff);
        EXPECT_TRUE(roll.version_of("u1")) << diff;
    }
    EXPECT_EQ(roll.version_of("u1"), "1.4");
}

TEST_F(PresenceRolls, ALeaveOfSomebodyElsesRefRemovesNobody) {
    roll.on_state(both);
    roll.on_diff(R"({"joins":{},"leaves":{"k2":{"metas":[{"phx_ref":"a","device_uuid":"u1"}]}}})");
    EXPECT_TRUE(roll.version_of("u1"));
}

TEST_F(PresenceRolls, BeforeAStateADiffSaysNothing) {
    roll.on_diff(R"({"joins":{"k":{"metas":[{"phx_ref":"a","device_uuid":"u1"}]}},"leaves":{}})");
    EXPECT_FALSE(roll.version_of("u1"));
    roll.on_state(both);
    roll.reset();
    EXPECT_FALSE(roll.known());
    EXPECT_FALSE(roll.version_of("u1"));
}

TEST_F(PresenceRolls, WhatCannotBeReadChangesNothing) {
    roll.on_state(both);
    for (const auto* wrong : {"", "[]", "{", R"({"k":7)"}) {
        EXPECT_FALSE(roll.on_state(wrong)) << wrong;
        roll.on_diff(wrong);
    }
    roll.on_diff(R"({"joins":7,"leaves":[]})");
    EXPECT_EQ(roll.version_of("u1"), "1.2");
    EXPECT_TRUE(
        roll.on_state(R"({"k1":7,"k2":{"metas":7},"k3":{"metas":[7,null]},"k4":{"metas":[{"device_uuid":7}]}})"));
    EXPECT_FALSE(roll.version_of("u1"));
}

TEST_F(PresenceRolls, IsBounded) {
    std::string state = "{";
    for (std::size_t i = 0; i < PresenceRoll::most + 10; ++i) {
        const auto number = std::to_string(i);
        state +=
            (i == 0 ? "\"k" : ",\"k") + number + R"(":{"metas":[{"phx_ref":"r","device_uuid":"u)" + number + "\"}]}";
    }
    ASSERT_TRUE(roll.on_state(state + "}"));
    EXPECT_TRUE(roll.version_of("u0"));
    EXPECT_FALSE(roll.version_of("u" + std::to_string(PresenceRoll::most)));
    const std::string long_uuid(500, 'x');
    roll.on_state(R"({"k":{"metas":[{"phx_ref":"r","device_uuid":")" + long_uuid + "\"}]}}");
    EXPECT_FALSE(roll.version_of(long_uuid));
}

}  // namespace
}  // namespace bridge
