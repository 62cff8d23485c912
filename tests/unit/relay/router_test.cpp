// Commands come in: every one is answered exactly once.
#include "router_fixture.hpp"

namespace {

using namespace router_test;

TEST_F(RouterTest, PassesCommandAndResultAsBytes) {
    start();
    const std::string params = R"({"v":[1e21,-0,9007199254740993,1.0,"\ud800","\/"],"v":{ }})";
    command(R"({"id":1e2,"method":"Runtime.evaluate","params":)" + params + R"(,"sessionId":"ABC"})");
    ASSERT_EQ(browser.asked.size(), 1u);
    EXPECT_EQ(browser.asked[0].kind, cdp::Destination::Kind::session);
    EXPECT_EQ(browser.asked[0].session, "ABC");
    EXPECT_EQ(browser.asked[0].method, "Runtime.evaluate");
    EXPECT_EQ(browser.asked[0].params, params);
    const std::string result = R"({"result":{"value":[1e21,-0,1.0],"x":"\udc00"}})";
    answer(cdp::Fate::result, result);
    ASSERT_EQ(published.size(), 1u);
    EXPECT_EQ(published[0].payload, R"({"id":1e2,"ok":true,"result":)" + result + "}");
    EXPECT_EQ(published[0].lane, realtime::Lane::answer);
    EXPECT_EQ(router->status().in_flight, 1u) << "until it is acknowledged";
    router->on_settled(published[0].ticket, Settled::acknowledged);
    EXPECT_EQ(router->status().in_flight, 0u);
    EXPECT_EQ(router->status().bytes_in_flight, 0u);
}

TEST_F(RouterTest, TakesAnAnswerDuringSubmit) {
    start();
    browser.at_once = [&](const Asked& asked) {
        router->on_answer({asked.ticket, cdp::Fate::unavailable, "None.", ""});
    };
    command(R"({"id":1,"method":"Page.enable"})");
    expect_reason("browser_unavailable", -32012);
    EXPECT_EQ(router->status().at_browser, 0u);
}

TEST_F(RouterTest, GivesEachCommandItsDeadline) {
    settings.timeout = std::chrono::seconds{30};
    settings.max_timeout = std::chrono::seconds{60};
    start();
    const auto limit_of = [&](const std::string& extra) {
        const TimePoint before = platform::BootClock::now();
        command(R"({"id":1,"method":"Page.enable")" + extra + "}");
        return std::chrono::round<std::chrono::seconds>(browser.asked.back().deadline - before).count();
    };
    EXPECT_EQ(limit_of(""), 30);
    EXPECT_EQ(limit_of(R"(,"timeoutMs":5000)"), 5);
    EXPECT_EQ(limit_of(R"(,"timeoutMs":60000)"), 60);
    EXPECT_EQ(limit_of(R"(,"timeoutMs":60001)"), 60);
}

TEST_F(RouterTest, BoundsCommandsInFlight) {
    settings.max_in_flight = 2;
    start();
    command(R"({"id":1,"method":"Page.enable"})");
    command(R"({"id":2,"method":"Page.enable"})");
    command(R"({"id":3,"method":"Page.enable"})");
    expect_reason("overloaded", -32015);
    EXPECT_EQ(last()["id"], 3);
    EXPECT_EQ(browser.asked.size(), 2u);
    router->on_answer({browser.asked[0].ticket, cdp::Fate::result, "{}", ""});
    command(R"({"id":4,"method":"Page.enable"})");
    expect_reason("overloaded", -32015);
    router->on_settled(browser.asked[0].ticket, Settled::acknowledged);
    command(R"({"id":5,"method":"Page.enable"})");
    EXPECT_EQ(browser.asked.size(), 3u);
}

TEST_F(RouterTest, BoundsBytesInFlight) {
    settings.max_bytes_in_flight = 20;
    start();
    command(R"({"id":1,"method":"Page.enable","params":{"a":"0123456789"}})");  // 18 bytes
    EXPECT_EQ(router->status().bytes_in_flight, 18u);
    command(R"({"id":2,"method":"Page.enable","params":{ }})");
    expect_reason("overloaded", -32015);
    command(R"({"id":3,"method":"Page.enable","params":{}})");
    EXPECT_EQ(router->status().bytes_in_flight, 20u);
    answer(cdp::Fate::result, "{}");
    EXPECT_EQ(router->status().bytes_in_flight, 18u);
}

TEST_F(RouterTest, AnswersStaleBusyAndStopping) {
    start();
    command(R"({"id":1,"method":"Page.enable"})", {.stale = true});
    expect_reason("stale", -32018);
    router->set_pause(relay::Pause{std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) +
                                   std::chrono::minutes{5}});
    command(R"({"id":2,"method":"Page.enable"})");
    expect_reason("busy", -32017);
    EXPECT_GT(last()["error"]["data"]["retryAfterMs"], 290'000);
    EXPECT_LE(last()["error"]["data"]["retryAfterMs"], 300'000);
    router->set_pause(relay::Pause{std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) -
                                   std::chrono::seconds{1}});
    command(R"({"id":3,"method":"Page.enable"})");
    EXPECT_EQ(browser.asked.size(), 1u) << "a pause that is over holds nobody";
    router->set_pause(relay::Pause{});
    command(R"({"id":4,"method":"Page.enable"})");
    expect_reason("busy", -32017);
    EXPECT_FALSE(last()["error"]["data"].contains("retryAfterMs"));
}

TEST_F(RouterTest, AnswersWhatIsInFlightWhenItStops) {
    start();
    for (int i = 0; i < 3; ++i) command(R"({"id":)" + std::to_string(i) + R"(,"method":"Page.enable"})");
    router->on_answer({browser.asked[0].ticket, cdp::Fate::result, "{}", ""});
    router->stop_relaying("This device was unpaired.");
    ASSERT_EQ(published.size(), 3u);
    EXPECT_EQ(json::parse(published[1].payload.view())["error"]["data"]["reason"], "stopping");
    EXPECT_EQ(json::parse(published[1].payload.view())["id"], 1);
    EXPECT_EQ(json::parse(published[2].payload.view())["id"], 2);
    router->on_answer({browser.asked[1].ticket, cdp::Fate::result, "{}", ""});
    EXPECT_EQ(published.size(), 3u) << "the browser's late answer is not a second one";
    command(R"({"id":9,"method":"Page.enable"})");
    expect_reason("stopping", -32016);
    EXPECT_EQ(last()["error"]["message"], "This device was unpaired.");
}

TEST_F(RouterTest, ObeysThePolicyWhereThePageStands) {
    settings.spool.folder = "/spool";
    start();
    command(R"({"id":1,"method":"Runtime.evaluate","sessionId":"AT-FILE"})");
    expect_reason("denied", -32010);
    browser.page = page_at("chrome://settings/");
    command(R"({"id":2,"method":"Runtime.evaluate"})");
    expect_reason("denied", -32010);
    EXPECT_TRUE(browser.asked.empty());
    command(R"({"id":3,"method":"Browser.setDownloadBehavior","params":{"behavior":"allow","downloadPath":"/etc"}})");
    ASSERT_EQ(browser.asked.size(), 1u);
    EXPECT_EQ(browser.asked[0].params, R"({"behavior":"allowAndName","downloadPath":"/spool"})");
}

TEST_F(RouterTest, LetsNoSessionIdIntoTheEnvelopeThatIsNone) {
    start();
    command(R"({"id":1,"method":"Page.enable","sessionId":"x\",\"method\":\"Browser.crash"})");
    EXPECT_EQ(last()["error"], (json{{"code", -32001}, {"message", "Session with given id not found."}}));
    EXPECT_TRUE(browser.asked.empty());
    command(R"({"id":2,"method":"Page.addScriptToEvaluateOnNewDocument","params":{"source":"1"},)"
            R"("sessionId":"x\",\"method\":\"Browser.crash"})");
    EXPECT_EQ(last()["error"]["code"], -32001);
    EXPECT_TRUE(browser.asked.empty()) << "nor with what goes along with a command";
}

TEST_F(RouterTest, RoutesTheDefaultPageToTheBrowserWhereItIsOff) {
    settings.default_page = false;
    start();
    command(R"({"id":1,"method":"Page.navigate","params":{"url":"https://a/"}})");
    EXPECT_EQ(browser.asked[0].kind, cdp::Destination::Kind::browser);
}

TEST_F(RouterTest, IgnoresAnswersAndTicketsThatItDoesNotKnow) {
    start();
    router->on_answer({99, cdp::Fate::result, "{}", ""});
    router->on_settled(99, Settled::acknowledged);
    router->on_settled(99, Settled::too_large, "nonsense");
    EXPECT_TRUE(published.empty());
}

}  // namespace
