// The status as people read it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/control/status.hpp"

namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr credentials::WallTime words_now{std::chrono::seconds{1'800'000'000}};

std::string words_of_status(const json& status) {
    return control::status_for_people(status.dump(), words_now);
}

json paired_with(const char* part, const json& value) {
    return {{"paired", true}, {part, value}};
}

TEST(StatusWords, OfNonsenseSayThatTheyCannotBeRead) {
    EXPECT_EQ(control::status_for_people("{", words_now), "the agent's answer cannot be read\n");
}

TEST(StatusWords, AtTheGateTellTheReasonAndTheRemedy) {
    const auto words = words_of_status({{"paired", false}, {"reason", "not paired"}, {"remedy", "pair it"}});
    EXPECT_THAT(words, HasSubstr("gate      not paired; pair it\n"));
    EXPECT_THAT(words, Not(HasSubstr("channel")));
    EXPECT_THAT(words_of_status({{"paired", false}, {"reason", "why"}}), HasSubstr("gate      why\n"));
}

TEST(StatusWords, LeaveOutWhatIsNotSaid) {
    EXPECT_EQ(words_of_status({{"paired", true}, {"version", "1.2.3"}, {"pid", 7}, {"uptime_s", 0}}),
              "agent     1.2.3, pid 7, up 0 s\n");
}

TEST(StatusWords, TellHowTheChannelIs) {
    EXPECT_THAT(words_of_status(paired_with("link", {{"state", "joined"}, {"joined_for_s", 5}, {"round_trip_ms", 12}})),
                HasSubstr("channel   joined for 5 s, round trip 12 ms\n"));
    EXPECT_THAT(words_of_status(paired_with("link", {{"state", "waiting"}, {"reason", "lost"}, {"next_try_s", 3}})),
                HasSubstr("channel   waiting: lost; next try in 3 s\n"));
}

TEST(StatusWords, TellWhyThePaceIsWhatItIs) {
    const auto pace = [](json link) { return words_of_status(paired_with("link", link)); };
    EXPECT_THAT(pace({{"budget", 0}, {"budget_why", "setting"}}), Not(HasSubstr("pace")));
    EXPECT_THAT(pace({{"budget", 20.0}, {"budget_why", "setting"}, {"rate_closed_s_ago", 9}}),
                HasSubstr("pace      20.0 results a second\n"));
    EXPECT_THAT(
        pace({{"budget", 2.5}, {"budget_why", "closure"}, {"budget_ceiling", 5}, {"rate_closed_s_ago", 9}}),
        HasSubstr("pace      2.5 results a second, on its way back to 5.0; the project's limit of messages closed "
                  "the channel 9 s ago\n"));
    EXPECT_THAT(pace({{"budget", 5}, {"budget_why", "ceiling"}}),
                HasSubstr("pace      5.0 results a second, the ceiling; it rises while nothing closes\n"));
}

TEST(StatusWords, TellOfAnotherAgentOfTheSameDevice) {
    const auto twin = [](json link) { return words_of_status(paired_with("link", link)); };
    EXPECT_THAT(twin({{"twin", "yielding"}}), HasSubstr("twin      another agent of this device was there before"));
    EXPECT_THAT(twin({{"twin", "empty"}}), HasSubstr("twin      a member of the channel claims"));
    EXPECT_THAT(twin({{"younger_twin", true}}), HasSubstr("gives way to this one"));
    EXPECT_THAT(twin({{"state", "joined"}}), Not(HasSubstr("twin")));
}

TEST(StatusWords, CallABrowserThatEndsAgainAndAgainByItsCount) {
    const auto browser = [](json about) { return words_of_status(paired_with("browser", about)); };
    EXPECT_THAT(browser({{"mode", "launch"}, {"state", "lost"}, {"failures_in_a_row", 2}}),
                HasSubstr("browser   launch, lost\n"));
    EXPECT_THAT(browser({{"mode", "launch"}, {"state", "lost"}, {"failures_in_a_row", 3}, {"next_try_s", 4}}),
                HasSubstr("browser   launch, lost; it ended 3 times in a row; next try in 4 s\n"));
    EXPECT_THAT(browser({{"mode", "attach"}, {"state", "attached"}, {"policy", "advisory"}}),
                HasSubstr("policy    advisory"));
    EXPECT_THAT(browser({{"mode", "launch"}, {"fence", {{"problem", "no namespaces"}}}}),
                HasSubstr("fence     no namespaces\n"));
}

TEST(StatusWords, TellHowLongTheTokenLives) {
    const auto token = [](json about) { return words_of_status(paired_with("token", about)); };
    EXPECT_THAT(token({{"expires_at", 1'800'000'005}, {"refreshable", true}}),
                HasSubstr("token     valid for 5 s, refreshed by itself\n"));
    EXPECT_THAT(token({{"expires_at", 1'799'999'995}}), HasSubstr("token     ran out 5 s ago, not refreshable\n"));
    EXPECT_THAT(token({{"trouble", "refused"}, {"in_address", true}}),
                HasSubstr("token     does not say until when it lives, not refreshable; refused; it travels in the "
                          "address since no api.key is set\n"));
}

TEST(StatusWords, CutSettingsAndListNotices) {
    EXPECT_THAT(words_of_status(paired_with("settings", json::object())), HasSubstr("settings  none\n"));
    const auto cut = words_of_status(paired_with("settings", {{"a", std::string(400, 'x')}}));
    EXPECT_LT(cut.size(), 400u);
    const auto notices = words_of_status(paired_with("notices", {"one", "two", 3}));
    EXPECT_THAT(notices, HasSubstr("notice    one\nnotice    two\n"));
}

}  // namespace
