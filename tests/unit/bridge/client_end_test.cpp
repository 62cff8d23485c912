// What the far agent's words on the end of a client mean here.
#include "agent/bridge/core/client_end.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/bridge/core/far_text.hpp"

namespace {

using bridge::ClientEnd;
using bridge::ending_of;
using bridge::ending_of_open;
using ::testing::HasSubstr;

std::string of_agent(const std::string& reason, const std::string& message = "so it is") {
    return R"({"code":-32010,"message":")" + message + R"(","data":{"source":"agent","reason":")" + reason + R"("}})";
}

TEST(ClientEnd, EachReasonOfTheContractHasItsMeaningAndASentence) {
    const std::pair<const char*, ClientEnd> all[] = {
        {"closed", ClientEnd::left},
        {"lease", ClientEnd::unreachable},
        {"session_lost", ClientEnd::browser_lost},
        {"browser_lost", ClientEnd::browser_lost},
        {"stopping", ClientEnd::agent_changed},
        {"bad_request", ClientEnd::broken},
        {"denied", ClientEnd::refused},
        {"overloaded", ClientEnd::overrun},
        {"too_large", ClientEnd::overrun},
        {"unreadable", ClientEnd::broken},
        {"no_client", ClientEnd::agent_changed},
    };
    for (const auto& [reason, end] : all) {
        const auto ending = ending_of(reason, false);
        EXPECT_EQ(ending.end, end) << reason;
        EXPECT_TRUE(ending.sentence.ends_with('.')) << reason;
    }
}

TEST(ClientEnd, ASessionOfAPageThatIsLostIsThePageThatIsGone) {
    EXPECT_EQ(ending_of("session_lost", true).end, ClientEnd::no_target);
}

TEST(ClientEnd, AReasonOfALaterReleaseIsNamed) {
    const auto ending = ending_of("eclipse", false);
    EXPECT_EQ(ending.end, ClientEnd::broken);
    EXPECT_THAT(ending.sentence, HasSubstr("eclipse"));
}

TEST(ClientEnd, ARefusedOpenKeepsTheAgentsWords) {
    const std::pair<const char*, ClientEnd> all[] = {
        {"busy", ClientEnd::busy},
        {"denied", ClientEnd::refused},
        {"overloaded", ClientEnd::refused},
        {"timeout", ClientEnd::browser_lost},
        {"browser_unavailable", ClientEnd::browser_lost},
        {"browser_lost", ClientEnd::browser_lost},
        {"stopping", ClientEnd::agent_changed},
        {"stale", ClientEnd::unreachable},
        {"eclipse", ClientEnd::refused},
    };
    for (const auto& [reason, end] : all) {
        const auto ending = ending_of_open(of_agent(reason), false);
        EXPECT_EQ(ending.end, end) << reason;
        EXPECT_THAT(ending.sentence, HasSubstr("so it is")) << reason;
    }
}

TEST(ClientEnd, TheBrowsersOwnErrorMeansThatThePageIsNotThere) {
    const std::string error = R"({"code":-32602,"message":"No target with given id found"})";
    EXPECT_EQ(ending_of_open(error, true).end, ClientEnd::no_target);
    EXPECT_EQ(ending_of_open(error, false).end, ClientEnd::refused);
}

TEST(ClientEnd, AnAgentWithoutClientsIsTooOld) {
    const auto ending = ending_of_open(R"({"code":-32601,"message":"'Agent.open' wasn't found"})", true);
    EXPECT_EQ(ending.end, ClientEnd::refused);
    EXPECT_THAT(ending.sentence, HasSubstr("update"));
}

TEST(ClientEnd, NobodyThereIsSaidInTheWordsOfThisEnd) {
    const auto ending = ending_of_open(bridge::write_bridge_error("unanswered", "nobody answers for lab"), false);
    EXPECT_EQ(ending.end, ClientEnd::unreachable);
    EXPECT_EQ(ending.sentence, "nobody answers for lab");
}

}  // namespace
