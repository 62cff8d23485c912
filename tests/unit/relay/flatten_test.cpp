// Sessions are of the kind that takes commands over the channel.
#include "agent/relay/core/flatten.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/json/core/check.hpp"

namespace {

using relay::Judgement;
using relay::Policy;
using ::testing::HasSubstr;

const Policy& usual_policy() {
    static const Policy policy{{}};
    return policy;
}

TEST(Flatten, OnlyTwoMethodsOpenSessions) {
    EXPECT_TRUE(relay::opens_sessions("Target.attachToTarget"));
    EXPECT_TRUE(relay::opens_sessions("Target.setAutoAttach"));
    for (const char* method : {"Target.attachToBrowserTarget", "Target.attachToTargetX", "target.attachToTarget", ""}) {
        EXPECT_FALSE(relay::opens_sessions(method)) << method;
    }
}

TEST(Flatten, IsPutWhereItWasLeftOut) {
    struct Row {
        const char* params;
        const char* rewritten;
    };
    for (const Row& row : {Row{R"({"targetId":"T"})", R"({"flatten":true,"targetId":"T"})"},
                           Row{"{}", R"({"flatten":true})"}, Row{" { } ", R"({"flatten":true })"},
                           Row{"", R"({"flatten":true})"}, Row{" {\n\"a\":1}", "{\"flatten\":true,\n\"a\":1}"},
                           Row{R"({"a":{"flatten":false}})", R"({"flatten":true,"a":{"flatten":false}})"}}) {
        const Judgement judged = relay::flatten(row.params, usual_policy());
        EXPECT_EQ(judged.kind, Judgement::Kind::rewrite) << row.params;
        EXPECT_EQ(platform::check_json(judged.params).ok(), true) << judged.params;
        EXPECT_THAT(judged.params, ::testing::StartsWith(R"({"flatten":true)"));
        EXPECT_EQ(judged.params.substr(0, std::string_view{row.rewritten}.size()), row.rewritten);
    }
}

TEST(Flatten, TrueOncePassesAsItCame) {
    EXPECT_EQ(relay::flatten(R"({"flatten":true,"a":1})", usual_policy()).kind, Judgement::Kind::pass);
    EXPECT_EQ(relay::flatten(R"({"a":1,"fl\u0061tten":true})", usual_policy()).kind, Judgement::Kind::pass);
}

TEST(Flatten, AnythingElseIsRefusedWithTheReason) {
    for (const char* params : {R"({"flatten":false})", R"({"flatten":null})", R"({"flatten":1})",
                               R"({"flatten":"true"})", R"({"flatten":true,"flatten":true})",
                               R"({"flatten":true,"flatten":false})", R"({"flatten":true,"fl\u0061tten":false})"}) {
        const Judgement judged = relay::flatten(params, usual_policy());
        EXPECT_EQ(judged.kind, Judgement::Kind::bad_request) << params;
        EXPECT_THAT(judged.message, HasSubstr("Leave \"flatten\" out"));
    }
}

TEST(Flatten, TheOldKindPassesWhereItsCommandsDo) {
    relay::PolicySettings settings;
    settings.profile = relay::Profile::full;
    const Policy full{settings};
    EXPECT_EQ(relay::flatten(R"({"flatten":false})", full).kind, Judgement::Kind::pass);
    EXPECT_EQ(relay::flatten(R"({"flatten":false,"flatten":false})", full).kind, Judgement::Kind::bad_request);
    settings.deny = {"Target.sendMessageToTarget"};
    EXPECT_EQ(relay::flatten(R"({"flatten":false})", Policy{settings}).kind, Judgement::Kind::bad_request);
    relay::PolicySettings allowed;
    allowed.allow = {"Target.sendMessageToTarget"};
    EXPECT_EQ(relay::flatten(R"({"flatten":false})", Policy{allowed}).kind, Judgement::Kind::pass);
}

}  // namespace
