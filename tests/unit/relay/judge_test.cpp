// A command is judged by where it goes.
#include "agent/relay/judge.hpp"

#include <gtest/gtest.h>

#include "scripted.hpp"

namespace {

using relay::Command;
using relay::Judge;
using relay::Judgement;
using relay::Place;
using Kind = Judgement::Kind;

struct JudgeTest : testing::Test {
    Kind kind(std::string_view method, Place place, std::string_view session = {}, std::string_view params = {}) {
        return judge().judge(Command{"1", method, params, session, {}}, place).kind;
    }
    Judge& judge() {
        if (!made) made.emplace(settings, browser);
        return *made;
    }

    relay::Settings settings;
    router_test::ScriptedBrowser browser;
    std::optional<Judge> made;
};

TEST_F(JudgeTest, LooksAtThePageOfTheSession) {
    EXPECT_EQ(kind("Runtime.evaluate", Place::session, "AT-FILE"), Kind::deny);
    EXPECT_EQ(kind("Runtime.evaluate", Place::session, "UNKNOWN"), Kind::pass) << "judged when it is sent";
}

TEST_F(JudgeTest, LooksAtTheDefaultPageWhereThereIsOne) {
    EXPECT_EQ(kind("Runtime.evaluate", Place::default_page), Kind::pass) << "none is there yet";
    browser.page = router_test::page_at("chrome://settings/");
    EXPECT_EQ(kind("Runtime.evaluate", Place::default_page), Kind::deny);
    browser.page->url = "https://a.test/";
    EXPECT_EQ(kind("Runtime.evaluate", Place::default_page), Kind::pass);
}

TEST_F(JudgeTest, KeepsWhatConcernsAllPagesFromTheBrowserTarget) {
    EXPECT_EQ(kind("Fetch.enable", Place::session, "BROWSER"), Kind::deny);
    EXPECT_EQ(kind("Fetch.enable", Place::session, "UNKNOWN"), Kind::pass);
    EXPECT_EQ(kind("Fetch.enable", Place::default_page), Kind::pass);
    settings.default_page = false;
    EXPECT_EQ(kind("Fetch.enable", Place::default_page), Kind::deny) << "then it goes to the browser target";
}

TEST_F(JudgeTest, LetsNoStreamBeReadThatWasNotGiven) {
    constexpr std::string_view handle = R"({"handle":"3"})";
    EXPECT_EQ(kind("IO.read", Place::session, "S", handle), Kind::deny);
    judge().on_result("S", "Page.printToPDF", R"({"data":"","stream":"3"})");
    EXPECT_EQ(kind("IO.read", Place::session, "S", handle), Kind::pass);
    EXPECT_EQ(kind("IO.close", Place::session, "S", handle), Kind::pass);
    EXPECT_EQ(kind("IO.read", Place::session, "T", handle), Kind::deny) << "given to another session";
    EXPECT_EQ(kind("IO.read", Place::session, "S", R"({"handle":"4"})"), Kind::deny);
    judge().on_new_browser();
    EXPECT_EQ(kind("IO.read", Place::session, "S", handle), Kind::deny);
}

TEST_F(JudgeTest, LeavesTheStreamsOfTheAgentToTheAgent) {
    EXPECT_EQ(kind("IO.read", Place::agent, {}, R"({"handle":"agent:1"})"), Kind::pass);
}

TEST_F(JudgeTest, TrustsWhoeverHasTheProfileFull) {
    settings.policy.profile = relay::Profile::full;
    EXPECT_EQ(kind("IO.read", Place::session, "S", R"({"handle":"3"})"), Kind::pass);
    EXPECT_EQ(kind("Runtime.evaluate", Place::session, "AT-FILE"), Kind::pass);
}

}  // namespace
