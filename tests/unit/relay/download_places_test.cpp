// Where downloads go.
#include "agent/relay/download_places.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted.hpp"

namespace {

using relay::DownloadStep;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct DownloadPlacesTest : testing::Test {
    relay::Settings settings;
    relay::Policy policy{{}};
    router_test::ScriptedBrowser browser;
    relay::Tickets tickets;
    relay::DownloadPlaces downloads{settings, policy, browser, tickets};
};

TEST_F(DownloadPlacesTest, GoToTheSpool) {
    settings.spool.folder = "/spool";
    downloads.direct({});
    ASSERT_EQ(browser.asked.size(), 1u);
    EXPECT_EQ(browser.asked[0].method, "Browser.setDownloadBehavior");
    EXPECT_EQ(browser.asked[0].kind, cdp::Destination::Kind::browser);
    EXPECT_EQ(browser.asked[0].params, R"({"behavior":"allowAndName","downloadPath":"/spool"})");
    EXPECT_THAT(browser.heard, ElementsAre(browser.asked[0].params)) << "of the default context the browser tells";
    downloads.direct(R"("C1")");
    ASSERT_EQ(browser.asked.size(), 2u);
    EXPECT_EQ(browser.asked[1].params,
              R"({"behavior":"allowAndName","downloadPath":"/spool","browserContextId":"C1"})");
    EXPECT_NE(browser.asked[0].ticket, browser.asked[1].ticket);
    EXPECT_EQ(browser.heard.size(), 1u);
}

TEST_F(DownloadPlacesTest, GoNowhereWithoutASpool) {
    downloads.direct({});
    ASSERT_EQ(browser.asked.size(), 1u);
    EXPECT_EQ(browser.asked[0].params, R"({"behavior":"deny"})");
}

TEST_F(DownloadPlacesTest, AreLeftAloneInFull) {
    settings.policy.profile = relay::Profile::full;
    downloads.direct({});
    EXPECT_THAT(browser.asked, IsEmpty());
}

TEST_F(DownloadPlacesTest, AreTheOwnersInABrowserOfSomebodyElses) {
    settings.spool.browser_is_ours = false;
    downloads.direct({});
    EXPECT_THAT(browser.asked, IsEmpty());
    downloads.on_setting(R"({"behavior":"deny"})");
    EXPECT_THAT(browser.heard, ElementsAre(R"({"behavior":"deny"})"));
    settings.spool.browser_is_ours = true;
    downloads.on_setting("{}");
    EXPECT_EQ(browser.heard.size(), 1u) << "of ours we hear in any case";
}

TEST_F(DownloadPlacesTest, EndByTheStepThatIsDue) {
    downloads.end("G1", DownloadStep::cancel);
    EXPECT_THAT(browser.cancelled, ElementsAre("G1"));
    EXPECT_THAT(browser.closed, IsEmpty());
    downloads.end("G1", DownloadStep::close_page);
    EXPECT_THAT(browser.closed, ElementsAre("G1"));
    EXPECT_EQ(browser.cancelled.size(), 1u);
}

}  // namespace
