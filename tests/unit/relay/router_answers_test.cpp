// How commands end: as results, refusals and streams, and what waits for room.
#include "router_fixture.hpp"

namespace {

using namespace router_test;

TEST_F(RouterTest, PassesTheBrowsersErrorAsItCame) {
    start();
    command(R"({"id":"a","method":"Nonsense.x"})");
    expect_reason("denied", -32010);
    command(R"({"id":"a","method":"DOM.focus"})");
    EXPECT_EQ(browser.asked.back().kind, cdp::Destination::Kind::default_page);
    answer(cdp::Fate::error, R"({"code":-32601,"message":"'DOM.focus' wasn't found"})");
    EXPECT_EQ(published.back().payload,
              R"({"id":"a","ok":false,"error":{"code":-32601,"message":"'DOM.focus' wasn't found"}})");
}

TEST_F(RouterTest, NamesEveryFateInItsAnswer) {
    start();
    const auto after = [&](cdp::Fate fate, std::string_view text) {
        command(R"({"id":1,"method":"Page.enable"})");
        answer(fate, text);
    };
    after(cdp::Fate::timed_out, "A dialog is open.");
    expect_reason("timeout", -32011);
    EXPECT_EQ(last()["error"]["message"], "A dialog is open.");
    after(cdp::Fate::lost, "");
    expect_reason("browser_lost", -32013);
    after(cdp::Fate::unavailable, "");
    expect_reason("browser_unavailable", -32012);
    after(cdp::Fate::overloaded, "");
    expect_reason("overloaded", -32015);
    EXPECT_EQ(published.back().lane, realtime::Lane::refusal) << "not among the sender's results";
    EXPECT_TRUE(published.back().owed);
    after(cdp::Fate::too_large, "");
    expect_reason("too_large", -32014);
    EXPECT_EQ(router->status().at_browser, 0u);
}

TEST_F(RouterTest, AnswersWhatCannotBeReadInTheRefusalLane) {
    start();
    command(R"({"id":7,"method":"Page.enable","params":[]})");
    expect_reason("bad_request", -32600);
    EXPECT_EQ(last()["id"], 7);
    EXPECT_EQ(published.back().lane, realtime::Lane::refusal);
    command("nonsense");
    EXPECT_EQ(last()["id"], nullptr);
    room = 0;
    command("nonsense");
    EXPECT_EQ(router->status().traffic.dropped, 1u);
    EXPECT_EQ(router->status().in_flight, 0u);
}

TEST_F(RouterTest, AnswersACommandThatWasBeyondTheReadLimitByItsOutline) {
    start();
    router->on_overlong(R"({"method":"Page.navigate","params":{},"id":"big-1"})", 70'001, 70'000);
    expect_reason("too_large", -32014);
    EXPECT_EQ(last()["id"], "big-1");
    EXPECT_EQ(last()["error"]["data"]["size"], 70'001);
    EXPECT_EQ(last()["error"]["data"]["limit"], 70'000);
    const std::string message = last()["error"]["message"];
    EXPECT_NE(message.find("realtime.read_limit"), std::string::npos) << message;
    for (const std::string_view outline : {R"({"method":"Page.navigate","params":{}})", R"({"id":{}})", "", "[]",
                                           R"({"method":"Page.navigate","id":"\ud800"})"}) {
        router->on_overlong(outline, 70'001, 70'000);
        expect_reason("too_large", -32014);
        EXPECT_EQ(last()["id"], nullptr) << outline;
    }
    EXPECT_TRUE(browser.asked.empty());
}

TEST_F(RouterTest, KeepsAsAStreamWhatTheLinkCannotCarry) {
    start();
    command(R"({"id":"a","method":"Page.enable"})");
    answer(cdp::Fate::result, R"({"x":"\ud800"})");
    expect_reason("too_large", -32014);
    EXPECT_EQ(last()["error"]["message"],
              "The result holds half a pair, which this link cannot carry: read it with IO.read, then IO.close it.");
    const auto handle = last()["error"]["data"]["stream"].get<std::string>();
    command(R"({"id":"b","method":"IO.read","params":{"handle":")" + handle + "\"}}");
    EXPECT_EQ(last()["result"]["data"], R"({"x":"\ud800"})") << "escaped once more, it passes";
}

TEST_F(RouterTest, SaysWhatOfAnErrorOrAnIdTheLinkCannotCarry) {
    start();
    command(R"({"id":"a","method":"Page.enable"})");
    answer(cdp::Fate::error, R"({"code":-32000,"message":"\ud800"})");
    expect_reason("too_large", -32014);
    EXPECT_EQ(last()["error"]["message"], "The browser's error holds half a pair, which this link cannot carry.");
    const auto asked = browser.asked.size();
    for (const char* text : {R"({"id":"\ud800","method":"Page.enable"})", R"({"id":"\ud800","method":7})"}) {
        command(text);
        expect_reason("bad_request", -32600);
        EXPECT_EQ(last()["id"], nullptr);
    }
    EXPECT_EQ(browser.asked.size(), asked);
}

TEST_F(RouterTest, ReplacesAResultThatNoLongerFits) {
    start();
    largest = 1000;
    command(R"({"id":"big","method":"Page.enable"})");
    answer(cdp::Fate::result, R"({"x":")" + std::string(2000, 'x') + R"("})");
    expect_reason("overloaded", -32015);
    EXPECT_NE(last()["error"]["message"].get<std::string>().find("was carried out"), std::string::npos);
    EXPECT_EQ(router->status().waiting_answers, 0u);
}

TEST_F(RouterTest, KeepsAnswersUntilTheOutboxHasRoom) {
    start();
    room = 1;
    for (int i = 0; i < 3; ++i) command(R"({"id":)" + std::to_string(i) + R"(,"method":"Page.enable"})");
    for (const Asked& asked : browser.asked) router->on_answer({asked.ticket, cdp::Fate::lost, "", ""});
    EXPECT_EQ(published.size(), 1u);
    EXPECT_EQ(router->status().waiting_answers, 2u);
    room = 1000;
    router->on_settled(published[0].ticket, Settled::acknowledged);
    ASSERT_EQ(published.size(), 3u);
    EXPECT_EQ(json::parse(published[1].payload.view())["id"], 1);
    EXPECT_EQ(json::parse(published[2].payload.view())["id"], 2);
}

TEST_F(RouterTest, BoundsTheAnswersThatWait) {
    settings.max_waiting_answers = 2;
    start();
    room = 0;
    for (int i = 0; i < 3; ++i) command(R"({"id":1,"method":"Browser.crash"})");
    EXPECT_EQ(router->status().waiting_answers, 2u);
    EXPECT_EQ(router->status().traffic.dropped, 1u);
    EXPECT_EQ(router->status().in_flight, 2u);
}

TEST_F(RouterTest, FallsBackToTheDefaultPageForStreams) {
    start();
    command(R"({"id":0,"method":"Page.printToPDF"})");
    answer(cdp::Fate::result, R"({"data":"","stream":"3"})");
    browser.asked.clear();
    published.clear();
    command(R"({"id":1,"method":"IO.read","params":{"handle":"3"}})");
    EXPECT_EQ(browser.asked[0].kind, cdp::Destination::Kind::browser);
    answer(cdp::Fate::error, R"({"code":-32602,"message":"Invalid stream handle"})");
    ASSERT_EQ(browser.asked.size(), 2u);
    EXPECT_EQ(browser.asked[1].kind, cdp::Destination::Kind::default_page);
    EXPECT_EQ(browser.asked[1].params, R"({"handle":"3"})");
    EXPECT_TRUE(published.empty());
    answer(cdp::Fate::error, R"({"code":-32602,"message":"Invalid stream handle"})");
    EXPECT_EQ(browser.asked.size(), 2u) << "once";
    EXPECT_EQ(last()["error"]["code"], -32602);
    EXPECT_EQ(router->status().bytes_in_flight, 0u);
    command(R"({"id":2,"method":"IO.read","params":{"handle":"3"}})");
    answer(cdp::Fate::error, R"({"code":-32602,"message":"Invalid max read size"})");
    EXPECT_EQ(browser.asked.size(), 3u);
}

TEST_F(RouterTest, KeepsResultsOverTheLimitAsStreams) {
    start();
    limit = 2000;
    const std::string result = R"({"data":")" + std::string(5000, 'x') + R"(","q":"\"\\\""})";
    command(R"({"id":1,"method":"Page.captureScreenshot"})");
    answer(cdp::Fate::result, result);
    expect_reason("too_large", -32014);
    EXPECT_EQ(last()["error"]["data"]["size"], result.size());
    EXPECT_EQ(last()["error"]["data"]["limit"], 2000);
    const std::string handle = last()["error"]["data"]["stream"];
    EXPECT_EQ(handle.size(), 6u + 32u);
    std::string text;
    int reads = 0;
    for (bool eof = false; !eof; ++reads) {
        ASSERT_LT(reads, 100);
        command(R"({"id":2,"method":"IO.read","params":{"handle":")" + handle + R"("}})");
        EXPECT_LE(published.back().payload.size(), limit);
        ASSERT_EQ(last()["ok"], true) << last();
        EXPECT_EQ(last()["result"]["base64Encoded"], false);
        text += last()["result"]["data"];
        eof = last()["result"]["eof"];
    }
    EXPECT_EQ(text, result);
    EXPECT_EQ(reads, 3);
    command(R"({"id":3,"method":"IO.read","params":{"handle":")" + handle + R"(","offset":0,"size":7}})");
    EXPECT_EQ(last()["result"]["data"], result.substr(0, 7));
    EXPECT_EQ(last()["result"]["eof"], false);
    command(R"({"id":3,"method":"IO.read","params":{"handle":")" + handle + R"(","size":0}})");
    EXPECT_EQ(last()["error"], (json{{"code", -32602}, {"message", "Invalid max read size"}}));
    command(R"({"id":4,"method":"IO.close","params":{"handle":")" + handle + R"("}})");
    EXPECT_EQ(last()["result"], json::object());
    command(R"({"id":5,"method":"IO.close","params":{"handle":")" + handle + R"("}})");
    EXPECT_EQ(last()["error"], (json{{"code", -32602}, {"message", "Invalid stream handle"}}));
    EXPECT_EQ(router->status().streams, 0u);
    EXPECT_TRUE(browser.asked.size() == 1u) << "its own streams are none of the browser's business";
}

TEST_F(RouterTest, SendsAResultOfExactlyTheLimit) {
    start();
    limit = 100;
    const std::string around = R"({"id":1,"ok":true,"result":})";
    const std::string fits = '"' + std::string(limit - around.size() - 2, 'x') + '"';
    command(R"({"id":1,"method":"Page.enable"})");
    answer(cdp::Fate::result, fits);
    EXPECT_EQ(last()["ok"], true);
    EXPECT_EQ(published.back().payload.size(), limit);
    command(R"({"id":1,"method":"Page.enable"})");
    answer(cdp::Fate::result, fits.substr(0, 1) + "x" + fits.substr(1));
    expect_reason("too_large", -32014);
}

TEST_F(RouterTest, KeepsWhatTheServerRefusedForItsSize) {
    start();
    command(R"({"id":1,"method":"Page.enable"})");
    answer(cdp::Fate::result, R"({"a":"\u00e9"})");
    const realtime::Message refused = published.back();
    router->on_settled(refused.ticket, Settled::too_large, refused.payload);
    expect_reason("too_large", -32014);
    command(R"({"id":2,"method":"IO.read","params":{"handle":")" +
            last()["error"]["data"]["stream"].get<std::string>() + R"("}})");
    EXPECT_EQ(last()["result"]["data"], R"({"a":"\u00e9"})");
    command(R"({"id":3,"method":"Page.enable"})");
    answer(cdp::Fate::result, "{}");
    router->on_settled(published.back().ticket, Settled::too_large);
    expect_reason("too_large", -32014);
    EXPECT_FALSE(last()["error"]["data"].contains("stream"));
}

TEST_F(RouterTest, AnswersForItself) {
    start();
    command(R"({"id":1,"method":"Agent.getInfo"})");
    EXPECT_EQ(last()["result"]["agent"],
              (json{{"version", "1.2.3"}, {"instance", "inst"}, {"uuid", "uuid-1"}, {"name", "Röchel"}}));
    EXPECT_EQ(last()["result"]["browser"], nullptr);
    EXPECT_EQ(last()["result"]["limits"]["payloadBytes"], 3'000'000);
    EXPECT_TRUE(last()["result"]["features"].is_array());
    browser.state.state = cdp::BrowserState::attached;
    browser.state.version.product = "Chrome/1";
    browser.state.version.protocol_version = "1.3";
    browser.state.version.user_agent = "UA";
    command(R"({"id":1,"method":"Agent.getInfo"})");
    EXPECT_EQ(last()["result"]["browser"],
              (json{{"product", "Chrome/1"}, {"protocolVersion", "1.3"}, {"userAgent", "UA"}}));
    command(R"({"id":1,"method":"Agent.fileRead"})");
    EXPECT_EQ(last()["error"]["code"], -32602) << last();
}

}  // namespace
