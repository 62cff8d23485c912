// What a command may reach depends on where it goes: streams of this channel, and the browser target.
#include "router_fixture.hpp"

namespace {

using namespace router_test;

struct RouterReach : RouterTest {
    std::string attach_with(const std::string& method, const std::string& params);
};

constexpr const char* read_one = R"({"id":1,"method":"IO.read","params":{"handle":"1"},"sessionId":"S"})";

/// What the browser is asked when a controller sends these parameters; empty: nothing.
std::string RouterReach::attach_with(const std::string& method, const std::string& params) {
    browser.asked.clear();
    command(R"({"id":1,"method":")" + method + R"(","params":)" + params + "}");
    return browser.asked.empty() ? "" : browser.asked.back().params;
}

TEST_F(RouterReach, OpensNoSessionThatNothingCouldBeSentTo) {
    start();
    EXPECT_EQ(attach_with("Target.attachToTarget", R"({"targetId":"T"})"), R"({"flatten":true,"targetId":"T"})");
    EXPECT_EQ(attach_with("Target.attachToTarget", R"({"flatten":true,"targetId":"T"})"),
              R"({"flatten":true,"targetId":"T"})");
    EXPECT_EQ(attach_with("Target.attachToTarget", "{ }"), R"({"flatten":true })");
    EXPECT_EQ(attach_with("Target.setAutoAttach", R"({"autoAttach":true,"waitForDebuggerOnStart":false})"),
              R"({"flatten":true,"autoAttach":true,"waitForDebuggerOnStart":false})");
    for (const char* params : {R"({"flatten":false,"targetId":"T"})", R"({"flatten":1,"targetId":"T"})",
                               R"({"flatten":true,"flatten":false,"targetId":"T"})"}) {
        EXPECT_EQ(attach_with("Target.attachToTarget", params), "") << params;
        expect_reason("bad_request", -32600);
    }
}

TEST_F(RouterReach, OpensASessionOfTheOldKindForWhoMayUseOne) {
    settings.policy.profile = relay::Profile::full;
    start();
    EXPECT_EQ(attach_with("Target.attachToTarget", R"({"flatten":false,"targetId":"T"})"),
              R"({"flatten":false,"targetId":"T"})");
    EXPECT_EQ(attach_with("Target.attachToTarget", R"({"targetId":"T"})"), R"({"flatten":true,"targetId":"T"})");
}

TEST_F(RouterTest, ReadsNoStreamThatItWasNotGiven) {
    start();
    command(read_one);
    expect_reason("denied", -32010);
    command(R"({"id":1,"method":"IO.close","params":{"handle":"1"},"sessionId":"S"})");
    expect_reason("denied", -32010);
    command(R"({"id":1,"method":"IO.read","params":{"handle":"blob:x"}})");
    expect_reason("denied", -32010);
    EXPECT_TRUE(browser.asked.empty());
    command(R"({"id":2,"method":"Page.printToPDF","params":{"transferMode":"ReturnAsStream"},"sessionId":"S"})");
    answer(cdp::Fate::result, R"({"data":"","stream":"1"})");
    command(read_one);
    EXPECT_EQ(browser.asked.back().method, "IO.read");
    command(R"({"id":1,"method":"IO.read","params":{"handle":"1"},"sessionId":"T"})");
    expect_reason("denied", -32010);
    command(R"({"id":1,"method":"IO.read","params":{"handle":"1","handle":"2"},"sessionId":"S"})");
    expect_reason("denied", -32010);
}

TEST_F(RouterTest, AnotherBrowserCountsItsStreamsAnew) {
    start();
    command(R"({"id":2,"method":"Page.printToPDF","sessionId":"S"})");
    answer(cdp::Fate::result, R"({"data":"","stream":"1"})");
    browser.state.state = cdp::BrowserState::attached;
    router->on_browser_state();
    command(read_one);
    expect_reason("denied", -32010);
}

TEST_F(RouterTest, LetsTheOwnerOfAFullProfileReadAnyStream) {
    settings.policy.profile = relay::Profile::full;
    start();
    command(read_one);
    ASSERT_EQ(browser.asked.size(), 1u);
    EXPECT_EQ(browser.asked.back().method, "IO.read");
}

TEST_F(RouterTest, InterceptsNotEveryPage) {
    start();
    command(R"({"id":1,"method":"Fetch.enable","sessionId":"BROWSER"})");
    expect_reason("denied", -32010);
    command(R"({"id":1,"method":"Fetch.enable","sessionId":"PAGE"})");
    ASSERT_EQ(browser.asked.size(), 1u);
    command(R"({"id":1,"method":"Fetch.enable"})");
    EXPECT_EQ(browser.asked.back().kind, cdp::Destination::Kind::default_page);
}

TEST_F(RouterTest, InterceptsNotEveryPageWithoutADefaultPage) {
    settings.default_page = false;
    start();
    command(R"({"id":1,"method":"Security.setIgnoreCertificateErrors","params":{"ignore":true}})");
    expect_reason("denied", -32010);
    command(R"({"id":1,"method":"Page.navigate","params":{"url":"http://a/"}})");
    EXPECT_EQ(browser.asked.back().kind, cdp::Destination::Kind::browser) << "Chrome's own answer comes back";
}

}  // namespace
