// A command is judged by where it goes.
#include "agent/relay/command_judge.hpp"

#include <gtest/gtest.h>

#include "scripted.hpp"

namespace {

using relay::Command;
using relay::CommandJudge;
using relay::Judgement;
using relay::Place;

struct CommandJudgeTest : testing::Test {
    Judgement::Kind kind(std::string_view method, Place place, std::string_view session = {},
                         std::string_view params = {}) {
        return judge().judge(Command{"1", method, params, session, {}}, place, {}).kind;
    }
    CommandJudge& judge() {
        if (!made) made.emplace(settings, browser);
        return *made;
    }

    relay::Settings settings;
    router_test::ScriptedBrowser browser;
    std::optional<CommandJudge> made;
};

TEST_F(CommandJudgeTest, LooksAtThePageOfTheSession) {
    EXPECT_EQ(kind("Runtime.evaluate", Place::session, "AT-FILE"), Judgement::Kind::deny);
    EXPECT_EQ(kind("Runtime.evaluate", Place::session, "UNKNOWN"), Judgement::Kind::pass) << "judged when it is sent";
}

TEST_F(CommandJudgeTest, LooksAtTheDefaultPageWhereThereIsOne) {
    EXPECT_EQ(kind("Runtime.evaluate", Place::default_page), Judgement::Kind::pass) << "none is there yet";
    browser.page = router_test::page_at("chrome://settings/");
    EXPECT_EQ(kind("Runtime.evaluate", Place::default_page), Judgement::Kind::deny);
    browser.page->url = "https://a.test/";
    EXPECT_EQ(kind("Runtime.evaluate", Place::default_page), Judgement::Kind::pass);
}

TEST_F(CommandJudgeTest, KeepsWhatConcernsAllPagesFromTheBrowserTarget) {
    EXPECT_EQ(kind("Fetch.enable", Place::session, "BROWSER"), Judgement::Kind::deny);
    EXPECT_EQ(kind("Fetch.enable", Place::session, "UNKNOWN"), Judgement::Kind::pass);
    EXPECT_EQ(kind("Fetch.enable", Place::default_page), Judgement::Kind::pass);
    settings.default_page = false;
    EXPECT_EQ(kind("Fetch.enable", Place::default_page), Judgement::Kind::deny) << "then it goes to the browser target";
}

TEST_F(CommandJudgeTest, LetsNoStreamBeReadThatWasNotGiven) {
    constexpr std::string_view handle = R"({"handle":"3"})";
    EXPECT_EQ(kind("IO.read", Place::session, "S", handle), Judgement::Kind::deny);
    judge().on_result({}, "S", "Page.printToPDF", R"({"data":"","stream":"3"})");
    EXPECT_EQ(kind("IO.read", Place::session, "S", handle), Judgement::Kind::pass);
    EXPECT_EQ(kind("IO.close", Place::session, "S", handle), Judgement::Kind::pass);
    EXPECT_EQ(kind("IO.read", Place::session, "T", handle), Judgement::Kind::deny) << "given to another session";
    EXPECT_EQ(kind("IO.read", Place::session, "S", R"({"handle":"4"})"), Judgement::Kind::deny);
    judge().on_new_browser();
    EXPECT_EQ(kind("IO.read", Place::session, "S", handle), Judgement::Kind::deny);
}

TEST_F(CommandJudgeTest, LeavesTheStreamsOfTheAgentToTheAgent) {
    EXPECT_EQ(kind("IO.read", Place::agent, {}, R"({"handle":"agent:1"})"), Judgement::Kind::pass);
}

TEST_F(CommandJudgeTest, TrustsAControllerWithTheProfileFull) {
    settings.policy.profile = relay::Profile::full;
    EXPECT_EQ(kind("IO.read", Place::session, "S", R"({"handle":"3"})"), Judgement::Kind::pass);
    EXPECT_EQ(kind("Runtime.evaluate", Place::session, "AT-FILE"), Judgement::Kind::pass);
}

}  // namespace
