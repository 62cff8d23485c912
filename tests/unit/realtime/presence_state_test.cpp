#include "agent/realtime/core/presence_state.hpp"

#include <gtest/gtest.h>

namespace realtime {
namespace {

constexpr const char* two =
    R"({"a":{"metas":[{"phx_ref":"1","instance":"old","joined_at":100}]},)"
    R"("b":{"metas":[{"phx_ref":"2","instance":"new","joined_at":200},{"phx_ref":"3","who":"controller"}]}})";

TEST(PresenceState, TheYoungerOfTwoGivesWay) {
    PresenceState presence;
    EXPECT_TRUE(presence.on_state(two));
    EXPECT_EQ(presence.size(), 2u);
    EXPECT_EQ(presence.elder_of("old", 100), nullptr);
    ASSERT_NE(presence.elder_of("new", 200), nullptr);
    EXPECT_EQ(presence.elder_of("new", 200)->instance, "old");
}

TEST(PresenceState, TheElderOfTwoKnowsThatThereIsAYoungerOne) {
    PresenceState presence;
    EXPECT_FALSE(presence.has_younger_than("old", 100));
    presence.on_state(two);
    EXPECT_TRUE(presence.has_younger_than("old", 100));
    EXPECT_FALSE(presence.has_younger_than("new", 200)) << "the other one is older";
    EXPECT_TRUE(presence.on_diff(R"({"joins":{},"leaves":{"b":{"metas":[{"phx_ref":"2"}]}}})"));
    EXPECT_FALSE(presence.has_younger_than("old", 100)) << "it is gone, and its own entry is no other agent";
}

TEST(PresenceState, OfTwoThatJoinedAtOnceExactlyOneGivesWay) {
    PresenceState presence;
    presence.on_state(
        R"({"k":{"metas":[{"phx_ref":"1","instance":"a","joined_at":5},{"phx_ref":"2","instance":"b","joined_at":5}]}})");
    EXPECT_EQ(presence.elder_of("a", 5), nullptr);
    EXPECT_NE(presence.elder_of("b", 5), nullptr);
}

TEST(PresenceState, FollowsLeavesAndUpdates) {
    PresenceState presence;
    presence.on_state(two);
    EXPECT_TRUE(presence.on_diff(R"({"joins":{},"leaves":{"a":{"metas":[{"phx_ref":"1"}]}}})"));
    EXPECT_EQ(presence.elder_of("new", 200), nullptr);
    EXPECT_TRUE(presence.on_diff(
        R"({"joins":{"c":{"metas":[{"phx_ref":"9","instance":"older","joined_at":50}]}},"leaves":{}})"));
    EXPECT_NE(presence.elder_of("new", 200), nullptr);
}

TEST(PresenceState, ItsOwnGhostIsNoTwin) {
    PresenceState presence;
    presence.on_state(
        R"({"k":{"metas":[{"phx_ref":"1","instance":"me","joined_at":5},{"phx_ref":"2","instance":"me","joined_at":5}]}})");
    EXPECT_EQ(presence.elder_of("me", 5), nullptr);
}

TEST(PresenceState, DiffsBeforeTheStateSayNothing) {
    PresenceState presence;
    EXPECT_TRUE(
        presence.on_diff(R"({"joins":{"c":{"metas":[{"phx_ref":"9","instance":"x","joined_at":5}]}},"leaves":{}})"));
    EXPECT_EQ(presence.size(), 0u);
    presence.on_state(two);
    presence.reset();
    EXPECT_EQ(presence.elder_of("new", 200), nullptr);
}

TEST(PresenceState, SurvivesWhatIsNoPresence) {
    for (const char* text :
         {"", "null", "5", "[]", "{", R"({"a":5})", R"({"a":{"metas":5}})", R"({"a":{"metas":[5,null]}})",
          R"({"a":{"metas":[{"phx_ref":5,"instance":[],"joined_at":"x"}]}})", R"({"joins":5,"leaves":[]})"}) {
        PresenceState presence;
        presence.on_state(text);
        presence.on_diff(text);
        EXPECT_EQ(presence.size(), 0u) << text;
    }
}

TEST(PresenceState, AnyNumberOfYoungerClaimsHidesNoElder) {
    PresenceState presence;
    std::string text = R"({"k":{"metas":[)";
    for (int i = 0; i < 5000; ++i) {
        text += R"({"phx_ref":"f)" + std::to_string(i) + R"(","instance":"forged","joined_at":)" +
                std::to_string(1000 + i) + "},";
    }
    text += R"({"phx_ref":"e","instance":"elder","joined_at":5}]}})";
    EXPECT_TRUE(presence.on_state(text));
    EXPECT_EQ(presence.size(), PresenceState::members_max);
    ASSERT_NE(presence.elder_of("me", 9), nullptr);
    EXPECT_EQ(presence.elder_of("me", 9)->instance, "elder");
}

TEST(PresenceState, OddTimesAreNoClaims) {
    for (const char* time : {"0", "-1", "1e3", "\"5\"", "null", "99999999999999999999999999", "18446744073709551615"}) {
        PresenceState presence;
        presence.on_state(R"({"k":{"metas":[{"phx_ref":"1","instance":"forged","joined_at":)" + std::string{time} +
                          "}]}}");
        EXPECT_EQ(presence.elder_of("me", 1'800'000'000'000), nullptr) << time;
    }
}

TEST(PresenceState, IsBounded) {
    PresenceState presence;
    std::string text = R"({"k":{"metas":[)";
    for (int i = 0; i < 1000; ++i) {
        text += R"({"phx_ref":")" + std::to_string(i) + R"(","instance":")" + std::string(500, 'i') +
                R"(","joined_at":1},)";
    }
    text.back() = ']';
    text += "}}";
    EXPECT_TRUE(presence.on_state(text));
    EXPECT_EQ(presence.size(), PresenceState::members_max);
    EXPECT_EQ(presence.elder_of("x", 9)->instance.size(), PresenceState::name_max);
}

}  // namespace
}  // namespace realtime
