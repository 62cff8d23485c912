// Downloads go to the spool, whoever makes the browser context.
#include "router_fixture.hpp"

namespace {

using namespace router_test;

TEST_F(RouterTest, SendsDownloadsToTheSpoolBeforeAnybodyAsks) {
    settings.spool.folder = "/spool";
    start();
    router->on_browser_state();
    EXPECT_TRUE(browser.asked.empty()) << "no browser yet";
    browser.state.state = cdp::BrowserState::attached;
    router->on_browser_state();
    router->on_browser_state();
    ASSERT_EQ(browser.asked.size(), 1u) << "once for each browser that comes";
    EXPECT_EQ(browser.asked[0].method, "Browser.setDownloadBehavior");
    EXPECT_EQ(browser.asked[0].kind, cdp::Destination::Kind::browser);
    EXPECT_EQ(browser.asked[0].params, R"({"behavior":"allowAndName","downloadPath":"/spool"})");
    answer(cdp::Fate::result, "{}");
    EXPECT_TRUE(published.empty());
    command(R"({"id":1,"method":"Target.createBrowserContext"})");
    answer(cdp::Fate::result, R"({"browserContextId":"C1"})");
    ASSERT_EQ(browser.asked.size(), 3u);
    EXPECT_EQ(browser.asked[2].params,
              R"({"behavior":"allowAndName","downloadPath":"/spool","browserContextId":"C1"})");
    EXPECT_EQ(last()["result"]["browserContextId"], "C1");
    browser.state.state = cdp::BrowserState::lost;
    router->on_browser_state();
    browser.state.state = cdp::BrowserState::attached;
    router->on_browser_state();
    EXPECT_EQ(browser.asked.size(), 4u);
}

TEST_F(RouterTest, FindsABrowserContextWhoseMakingWasNotAnsweredInTime) {
    settings.spool.folder = "/spool";
    start();
    for (const cdp::Fate fate : {cdp::Fate::timed_out, cdp::Fate::lost}) {
        browser.asked.clear();
        command(R"({"id":1,"method":"Target.createBrowserContext"})");
        answer(fate, "");
        ASSERT_EQ(browser.asked.size(), 2u);
        EXPECT_EQ(browser.asked[1].method, "Target.getBrowserContexts");
        EXPECT_EQ(browser.asked[1].kind, cdp::Destination::Kind::browser);
        answer(cdp::Fate::timed_out, "");
        ASSERT_EQ(browser.asked.size(), 3u) << "asked again";
        EXPECT_EQ(browser.asked[2].method, "Target.getBrowserContexts");
        answer(cdp::Fate::result, R"({"browserContextIds":["C1","C2"],"defaultBrowserContextId":"D"})");
        ASSERT_EQ(browser.asked.size(), 5u);
        EXPECT_EQ(browser.asked[3].params,
                  R"({"behavior":"allowAndName","downloadPath":"/spool","browserContextId":"C1"})");
        EXPECT_EQ(browser.asked[4].params,
                  R"({"behavior":"allowAndName","downloadPath":"/spool","browserContextId":"C2"})");
        answer(cdp::Fate::result, "{}");
    }
    EXPECT_EQ(published.size(), 2u) << "nobody hears of it";
    command(R"({"id":2,"method":"Target.createBrowserContext"})");
    answer(cdp::Fate::error, R"({"code":-32000,"message":"no"})");
    EXPECT_EQ(browser.asked.size(), 6u) << "none was made";
    command(R"({"id":3,"method":"Target.createBrowserContext"})");
    answer(cdp::Fate::timed_out, "");
    answer(cdp::Fate::lost, "");
    EXPECT_EQ(browser.asked.size(), 8u) << "with the browser all its contexts go";
}

TEST_F(RouterTest, LeavesDownloadsAloneInFull) {
    settings.policy.profile = relay::Profile::full;
    start();
    browser.state.state = cdp::BrowserState::attached;
    router->on_browser_state();
    EXPECT_TRUE(browser.asked.empty());
}

TEST_F(RouterTest, LeavesTheDownloadsOfSomebodyElsesBrowserAlone) {
    settings.spool.browser_is_ours = false;
    start();
    browser.state.state = cdp::BrowserState::attached;
    router->on_browser_state();
    EXPECT_TRUE(browser.asked.empty());
    command(R"({"id":1,"method":"Browser.setDownloadBehavior","params":{"behavior":"allow","downloadPath":"/x"}})");
    EXPECT_EQ(browser.asked.at(0).params, R"({"behavior":"deny"})");
}

}  // namespace
