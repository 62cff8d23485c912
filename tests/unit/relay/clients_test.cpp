// Clients on the channel: how they come, what they hear, how their messages are judged, and how they end.
#include "clients_fixture.hpp"

namespace {

using namespace clients_test;

TEST_F(ClientsTest, OpensASessionOfTheBrowserForEach) {
    start();
    const std::string a = open("A");
    const std::string b = open("B");
    EXPECT_EQ(a.size(), 32u);
    EXPECT_NE(a, b);
    const json result = answered()["result"];
    EXPECT_EQ(result["instance"], "inst");
    EXPECT_EQ(result["limits"]["payloadBytes"], limit);
    EXPECT_EQ(result["limits"]["windowBytes"], 4 * limit);
    EXPECT_EQ(result["limits"]["leaseMs"], 120'000);
    EXPECT_EQ(router->status().clients, 2u);
}

TEST_F(ClientsTest, AnOpenThatComesTwiceOpensOne) {
    start();
    const std::string again = R"({"id":"again","method":"Agent.open","params":{}})";
    router->on_command(again, {});
    router->on_command(again, {});
    ASSERT_EQ(browser.asked.size(), 1u);
    browser.open("A", browser_target());
    const std::size_t before = published.size();
    answer(browser.asked[0], cdp::Fate::result, R"({"sessionId":"A"})");
    ASSERT_EQ(published.size(), before + 2) << "each command has its answer";
    router->on_command(again, {});
    ASSERT_EQ(published.size(), before + 3);
    EXPECT_EQ(published[before].payload, published[before + 1].payload.view());
    EXPECT_EQ(published[before].payload, published[before + 2].payload.view());
    EXPECT_EQ(router->status().clients, 1u);
    post(answered()["result"]["client"], R"({"id":1,"method":"Browser.getVersion"})");
    router->on_command(again, {});
    EXPECT_EQ(browser.asked.back().method, "Target.attachToBrowserTarget")
        << "a controller that begins to count anew is another one";
}

/// Two controllers that count from 1, and one that asks for something else under the id of before.
TEST_F(ClientsTest, AnotherOpenOfTheSameIdIsAnother) {
    start();
    browser.open("A", browser_target());
    router->on_command(R"({"id":1,"method":"Agent.open","params":{}})", {});
    router->on_command(R"({"id":1,"method":"Agent.open","params":{}})", {});
    EXPECT_EQ(browser.asked.size(), 2u) << "a number is no name";
    router->on_command(R"({"id":"open","method":"Agent.open","params":{"label":"a"}})", {});
    router->on_command(R"({"id":"open","method":"Agent.open","params":{"label":"b"}})", {});
    EXPECT_EQ(browser.asked.size(), 4u);
}

TEST_F(ClientsTest, AnOpenThatComesTwiceIsRefusedTwice) {
    start();
    const std::string again = R"({"id":"again","method":"Agent.open","params":{}})";
    router->on_command(again, {});
    router->on_command(again, {});
    const std::size_t before = published.size();
    answer_last(R"({"code":-32000,"message":"Not allowed"})", cdp::Fate::error);
    EXPECT_EQ(published.size(), before + 2);
    EXPECT_EQ(router->status().clients, 0u);
}

TEST_F(ClientsTest, OpensThePageThatItNames) {
    start();
    const std::string client = open("P", R"({"target":"PAGE","leaseMs":3600000})");
    EXPECT_FALSE(client.empty());
    EXPECT_EQ(json::parse(browser.find("Target.attachToTarget")->params),
              json::parse(R"({"flatten":true,"targetId":"PAGE"})"));
    EXPECT_EQ(answered()["result"]["limits"]["leaseMs"], 600'000) << "ten minutes at most";
}

TEST_F(ClientsTest, OpensNoneWhereThePolicyOrTheBrowserSaysNo) {
    start();
    command("Agent.open", R"({"target":"FILE"})");
    EXPECT_EQ(answered()["error"]["data"]["reason"], "denied");
    command("Agent.open", R"({"target":"no \" such"})");
    EXPECT_EQ(answered()["error"]["code"], -32602);
    for (const std::string params : {R"({"leaseMs":0})", R"({"leaseMs":-1})", R"({"label":7})", R"({"exclusive":1})",
                                     R"({"tls":true})", R"({"leaseMs":"x"})"}) {
        command("Agent.open", params);
        EXPECT_EQ(answered()["error"]["code"], -32602) << params;
    }
    command("Agent.open", R"({"exclusive":true})");
    EXPECT_EQ(answered()["error"]["data"]["reason"], "denied");
    EXPECT_TRUE(browser.asked.empty());
    command("Agent.open", "{}");
    answer_last(R"({"code":-32000,"message":"Not allowed"})", cdp::Fate::error);
    EXPECT_EQ(answered()["error"], json::parse(R"({"code":-32000,"message":"Not allowed"})"));
    command("Agent.open", "{}");
    answer_last("", cdp::Fate::unavailable);
    EXPECT_EQ(answered()["error"]["data"]["reason"], "browser_unavailable");
    EXPECT_EQ(router->status().clients, 0u);
}

TEST_F(ClientsTest, ObserversOpenNone) {
    settings.policy.profile = relay::Profile::observe;
    start();
    command("Agent.open", "{}");
    EXPECT_EQ(answered()["error"]["data"]["reason"], "denied");
}

TEST_F(ClientsTest, EndWhereTheOwnerForbidsThemToPost) {
    settings.policy.deny = {"Agent.post"};
    start();
    const std::string client = open("A");
    const std::size_t before = browser.asked.size();
    post(client, R"({"id":1,"method":"Browser.getVersion"})");
    EXPECT_EQ(browser.find("Browser.getVersion"), nullptr);
    EXPECT_GT(browser.asked.size(), before) << "what it leaves is put in order";
    EXPECT_EQ(ended(client), "denied");
}

TEST_F(ClientsTest, AreBoundedInNumber) {
    settings.clients.max_count = 2;
    start();
    open("A");
    open("B");
    command("Agent.open", "{}");
    EXPECT_EQ(answered()["error"]["data"]["reason"], "overloaded");
}

TEST_F(ClientsTest, CarriesMessagesBothWaysAsTheyCame) {
    start();
    const std::string client = open("A");
    post(client,
         R"({"id":1,"method":"Target.getTargets","params":{"x":1e21}},{"id":-7,"method":"Browser.getVersion"})");
    ASSERT_EQ(browser.asked.size(), 3u);
    EXPECT_EQ(browser.asked[1].session, "A");
    EXPECT_EQ(browser.asked[1].method, "Target.getTargets");
    EXPECT_EQ(browser.asked[1].params, R"({"x":1e21})");
    EXPECT_EQ(browser.asked[1].deadline, TimePoint::max()) << "a client's commands have no deadline of the agent's";
    answer(browser.asked[2], cdp::Fate::result, R"({"product":"x"})");
    answer(browser.asked[1], cdp::Fate::error, R"({"code":-32000,"message":"no"})");
    EXPECT_EQ(items(client), json::parse(R"([{"id":-7,"result":{"product":"x"}},
                                             {"id":1,"error":{"code":-32000,"message":"no"}}])"));
    EXPECT_EQ(answered()["result"]["client"], client) << "a post has no result";
}

TEST_F(ClientsTest, HearsItsOwnSessionsAlone) {
    start();
    const std::string a = open("A");
    const std::string b = open("B");
    browser.open("A1", browser.page, "A");
    browser.open("B1", browser.page, "B");
    browser.open("AGENT", browser_target());
    browser.tell("A", "Target.targetCreated", R"({"n":1})");
    browser.tell("A1", "Page.loadEventFired", R"({"n":2})");
    browser.tell("B1", "Page.loadEventFired", R"({"n":3})");
    browser.tell("AGENT", "Target.targetCreated", R"({"n":4})");
    browser.tell("UNKNOWN", "Target.targetCreated", R"({"n":5})");
    EXPECT_EQ(items(a), json::parse(R"([{"method":"Target.targetCreated","params":{"n":1}},
                                        {"method":"Page.loadEventFired","params":{"n":2},"sessionId":"A1"}])"));
    EXPECT_EQ(items(b), json::parse(R"([{"method":"Page.loadEventFired","params":{"n":3},"sessionId":"B1"}])"));
}

TEST_F(ClientsTest, KeepsTheBrowsersOrderAndGathersWhileTheChannelIsBusy) {
    start();
    const std::string client = open("A");
    post(client, R"({"id":1,"method":"Target.getTargets"})");
    const Asked asked = browser.asked.back();
    const std::size_t before = published.size();
    browser.tell("A", "Target.a", "{}");
    browser.tell("A", "Target.b", "{}");
    answer(asked, cdp::Fate::result, "{}");
    browser.tell("A", "Target.c", "{}");
    EXPECT_EQ(published.size(), before + 1) << "the rest waits until this one is sent";
    const json all = items(client);
    ASSERT_EQ(all.size(), 4u);
    EXPECT_EQ(all[0]["method"], "Target.a");
    EXPECT_EQ(all[1]["method"], "Target.b");
    EXPECT_EQ(all[2]["id"], 1);
    EXPECT_EQ(all[3]["method"], "Target.c");
    EXPECT_EQ(published.size(), before + 2) << "in one broadcast";
}

TEST_F(ClientsTest, NewsWaitForWhatIsWaitedForAndGoWithIt) {
    gather = 1h;
    settings.clients.gather_news = 1h;
    settings.clients.gather_events = settings.clients.gather_last_reply = 0ms;
    start();
    const std::string client = open("A");
    const std::size_t before = published.size();
    browser.tell("A", "Network.dataReceived", "{}");
    browser.tell("A", "Page.loadEventFired", "{}");
    EXPECT_EQ(published.size(), before);
    browser.tell("A", "Target.attachedToTarget", "{}");
    EXPECT_EQ(published.size(), before + 1);
    EXPECT_EQ(items(client).size(), 3u);
    browser.tell("A", "Network.dataReceived", "{}");
    post(client, R"({"id":1,"method":"Browser.getVersion"})");
    EXPECT_EQ(published.size(), before + 1);
    answer_last("{}");
    EXPECT_EQ(published.size(), before + 2);
    EXPECT_EQ(items(client).size(), 5u);
}

TEST_F(ClientsTest, TheAnswerToAnAcknowledgementGoesWithTheNextPicture) {
    gather = 1h;
    settings.clients.gather_events = settings.clients.gather_last_reply = 0ms;
    start();
    const std::string client = open("A");
    browser.open("A1", browser.page, "A");
    browser.tell("A1", "Page.screencastFrame", R"({"sessionId":1})");
    EXPECT_EQ(items(client).size(), 1u);
    const std::size_t before = published.size();
    post(client, R"({"id":1,"method":"Page.screencastFrameAck","params":{"sessionId":1},"sessionId":"A1"})");
    answer_last("{}");
    EXPECT_EQ(published.size(), before);
    browser.tell("A1", "Page.screencastFrame", R"({"sessionId":2})");
    EXPECT_EQ(published.size(), before + 1);
    EXPECT_EQ(items(client).size(), 3u) << "the pictures, and the answer between them";
    post(client, R"({"id":2,"method":"Page.screencastFrameAck","params":{"sessionId":9},"sessionId":"A1"})");
    answer_last(R"({"code":-32000,"message":"no"})", cdp::Fate::error);
    EXPECT_EQ(published.size(), before + 2) << "a refusal does not wait";
}

/// A script awaits the reply to its navigation, and listens for the load from then on.
TEST_F(ClientsTest, AReplyDoesNotWaitForTheNewsBehindIt) {
    gather = 1h;
    settings.clients.gather_news = settings.clients.gather_events = 1h;
    settings.clients.gather_last_reply = 0ms;
    start();
    const std::string client = open("A");
    browser.open("A1", browser.page, "A");
    const std::size_t before = published.size();
    post(client, R"({"id":1,"method":"Page.navigate","params":{"url":"https://example.org/"},"sessionId":"A1"})");
    answer_last(R"({"frameId":"F"})");
    EXPECT_EQ(published.size(), before + 1);
    browser.tell("A1", "Page.loadEventFired", "{}");
    EXPECT_EQ(items(client).size(), 1u);
}

TEST_F(ClientsTest, JudgesEachMessageAsACommand) {
    start();
    const std::string client = open("A");
    browser.open("F", browser.file_page, "A");
    browser.open("OTHER", browser.page);
    const std::size_t before = browser.asked.size();
    post(client, R"({"id":1,"method":"SystemInfo.getInfo"})");
    post(client, R"({"id":2,"method":"Runtime.evaluate","params":{"expression":"1"},"sessionId":"F"})");
    post(client, R"({"id":3,"method":"Page.navigate","params":{"url":"file:///etc/"},"sessionId":"A"})");
    post(client, R"({"id":4,"method":"Page.enable","sessionId":"OTHER"})");
    post(client, R"({"id":5,"method":"Agent.getInfo"})");
    post(client, R"({"id":"x","method":"Browser.getVersion"})");
    post(client, R"({"id":6})");
    post(client, R"({"id":7,"method":"Network.enable"})");
    EXPECT_EQ(browser.asked.size(), before) << "nothing of it reaches the browser";
    const json all = items(client);
    ASSERT_EQ(all.size(), 8u) << all;
    for (const json& one : all) {
        ASSERT_TRUE(one.contains("error")) << one;
        EXPECT_TRUE(one["error"]["code"].is_number());
        EXPECT_TRUE(one["error"]["message"].is_string());
        EXPECT_FALSE(one["error"].contains("data")) << "as Chrome would write it";
        EXPECT_FALSE(one.contains("ok"));
    }
    EXPECT_EQ(all[1]["sessionId"], "F");
    EXPECT_EQ(all[3]["error"]["code"], -32001);
    EXPECT_EQ(all[4]["error"], json::parse(R"({"code":-32601,"message":"'Agent.getInfo' wasn't found"})"));
    EXPECT_EQ(all[5]["error"]["code"], -32600);
    EXPECT_EQ(ended(client), "");
    EXPECT_GE(router->status().traffic.commands, 8u);
}

TEST_F(ClientsTest, RewritesAsThePolicySays) {
    settings.spool.folder = "/spool";
    start();
    const std::string client = open("A");
    post(client,
         R"({"id":1,"method":"Browser.setDownloadBehavior","params":{"behavior":"allow","downloadPath":"/x"}})");
    const json params = json::parse(browser.asked.back().params);
    EXPECT_EQ(params["behavior"], "allowAndName");
    EXPECT_EQ(params["downloadPath"], "/spool");
    post(client,
         R"({"id":2,"method":"Target.setAutoAttach","params":{"autoAttach":true,"waitForDebuggerOnStart":true}})");
    EXPECT_EQ(json::parse(browser.asked.back().params)["flatten"], true);
}

TEST_F(ClientsTest, HearsNothingOfWhatItMayNotRead) {
    start();
    const std::string client = open("A");
    browser.open("F", browser.file_page, "A");
    browser.tell("F", "Runtime.consoleAPICalled", "{}");
    browser.tell("F", "Network.requestWillBeSent", "{}");
    browser.tell("F", "Page.frameNavigated", R"({"n":1})");
    browser.tell("F", "Inspector.targetCrashed", R"({"n":2})");
    browser.open("W", browser.page, "A");
    browser.tell("W", "Fetch.requestPaused", R"({"request":{"url":"file:///etc/passwd"}})");
    browser.tell("W", "Fetch.requestPaused", R"({"request":{"url":"https://example.org/"}})");
    browser.targets.erase("W");
    browser.tell("W", "Runtime.consoleAPICalled", "{}");
    const json all = items(client);
    ASSERT_EQ(all.size(), 3u) << all;
    EXPECT_EQ(all[0]["params"]["n"], 1);
    EXPECT_EQ(all[1]["params"]["n"], 2);
    EXPECT_EQ(all[2]["params"]["request"]["url"], "https://example.org/");
}

TEST_F(ClientsTest, TheFullProfileHidesNothing) {
    settings.policy.profile = relay::Profile::full;
    start();
    const std::string client = open("A");
    browser.open("F", browser.file_page, "A");
    browser.tell("F", "Runtime.consoleAPICalled", "{}");
    browser.tell("F", "Fetch.requestPaused", R"({"request":{"url":"file:///etc/passwd"}})");
    EXPECT_EQ(items(client).size(), 2u);
}

TEST_F(ClientsTest, EndsInOrder) {
    start();
    const std::string client = open("A");
    browser.open("A1", browser.page, "A");
    post(client, R"({"id":1,"method":"Target.createBrowserContext"})");
    answer_last(R"({"browserContextId":"C1"})");
    post(client, R"({"id":2,"method":"Target.createBrowserContext"})");
    answer(*browser.find("Target.createBrowserContext"), cdp::Fate::result, "{}");
    for (const Asked& one : std::vector<Asked>{browser.asked}) {
        if (one.method == "Target.createBrowserContext") answer(one, cdp::Fate::result, R"({"browserContextId":"C2"})");
    }
    post(client, R"({"id":3,"method":"Target.disposeBrowserContext","params":{"browserContextId":"C2"}})");
    answer_last("{}");
    EXPECT_EQ(items(client).size(), 3u);
    browser.asked.clear();
    command("Agent.close", R"({"client":")" + client + R"("})");
    EXPECT_EQ(answered()["result"], json::object());
    EXPECT_EQ(ended(client), "closed");
    for (const std::string session : {"A", "A1"}) {
        EXPECT_NE(browser.find("Fetch.disable", session), nullptr);
        EXPECT_NE(browser.find("Runtime.runIfWaitingForDebugger", session), nullptr);
    }
    EXPECT_NE(browser.find("Tracing.end", "A"), nullptr);
    std::vector<std::string> disposed;
    for (const Asked& one : browser.asked) {
        if (one.method == "Target.disposeBrowserContext") disposed.push_back(one.params);
    }
    EXPECT_EQ(disposed, std::vector<std::string>{R"({"browserContextId":"C1"})"});
    EXPECT_EQ(browser.asked.back().method, "Target.detachFromTarget");
    EXPECT_EQ(browser.asked.back().params, R"({"sessionId":"A"})");
    EXPECT_EQ(router->status().clients, 0u);
    browser.tell("A", "Target.late", "{}");
    post(client, R"({"id":9,"method":"Browser.getVersion"})");
    EXPECT_EQ(json::parse(published.back().payload.view())["ended"]["reason"], "no_client");
    EXPECT_EQ(items(client).size(), 3u);
}

TEST_F(ClientsTest, ABrowserCloseEndsItsClientAlone) {
    start();
    const std::string a = open("A");
    const std::string b = open("B");
    post(a, R"({"id":1,"method":"Browser.close"})");
    EXPECT_EQ(browser.find("Browser.close"), nullptr);
    EXPECT_EQ(items(a), json::parse(R"([{"id":1,"result":{}}])"));
    EXPECT_EQ(ended(a), "") << "it is to have its answer first";
    command("Agent.post", R"({"client":")" + a + R"(","ack":1})");
    while (ended(a).empty() && io.run_one_for(std::chrono::seconds{2}) > 0) {
    }
    EXPECT_EQ(ended(b), "");
}

TEST_F(ClientsTest, ToldThatThereIsNoSuchClient) {
    start();
    command("Agent.post", R"({"client":"nobody","seq":1,"ack":0,"messages":[]})");
    EXPECT_EQ(ended("nobody"), "no_client");
    EXPECT_EQ(published.back().lane, realtime::Lane::refusal);
    command("Agent.post", R"({"client":")" + std::string(65, 'x') + R"(","seq":1,"messages":[]})");
    EXPECT_EQ(published.size(), 1u) << "a name of any length is not echoed";
}

TEST_F(ClientsTest, EndedForBreakingTheRules) {
    start();
    for (const std::string rest :
         {R"("seq":-1,"messages":[])", R"("seq":1,"ack":99,"messages":[])", R"("seq":1,"messages":[7])",
          R"("seq":1,"part":2,"parts":2,"data":"x")", R"("seq":1,"messages":[],"client":"x")"}) {
        const std::string client = open("S" + std::to_string(last_id));
        command("Agent.post", R"({"client":")" + client + R"(",)" + rest + "}");
        if (std::string_view{rest}.find("client") == std::string_view::npos) {
            EXPECT_EQ(ended(client), "bad_request") << rest;
        } else {
            EXPECT_EQ(ended(client), "") << "nobody is named";
        }
    }
}

TEST_F(ClientsTest, EndedWhereItHoldsTooMuch) {
    settings.clients.max_bytes = 100'000;
    start();
    const std::string client = open("A");
    const std::string params = R"({"text":")" + std::string(10'000, 'x') + R"("})";
    for (int i = 0; i < 20; ++i) browser.tell("A", "Target.a", params);
    EXPECT_EQ(ended(client), "overloaded");
    EXPECT_EQ(router->status().client_bytes, 0u);
}

TEST_F(ClientsTest, TheOneThatHoldsMostEndsWhereAllHoldTooMuch) {
    settings.clients.max_bytes_of_all = 100'000;
    start();
    const std::string a = open("A");
    const std::string b = open("B");
    const std::string params = R"({"text":")" + std::string(10'000, 'x') + R"("})";
    for (int i = 0; i < 3; ++i) browser.tell("B", "Target.b", params);
    for (int i = 0; i < 9; ++i) browser.tell("A", "Target.a", params);
    EXPECT_EQ(ended(a), "overloaded");
    EXPECT_EQ(ended(b), "");
}

TEST_F(ClientsTest, SendsInPartsWhatTheServerRefusesForItsSize) {
    start();
    const std::string client = open("A");
    const std::string params = R"({"text":")" + std::string(500'000, 'x') + R"("})";
    browser.tell("A", "Target.a", params);
    const realtime::Ticket ticket = published.back().ticket;
    limit = 256'000;
    router->on_sent(ticket);
    const std::size_t before = published.size();
    browser.tell("A", "Target.b", "{}");
    EXPECT_EQ(published.size(), before) << "what the server makes of it is waited for";
    router->on_settled(ticket, Settled::too_large);
    EXPECT_EQ(ended(client), "");
    items(client);
    std::string whole;
    for (std::size_t i = before; i < published.size(); ++i) {
        whole += json::parse(published[i].payload.view()).value("data", "");
    }
    EXPECT_EQ(whole, R"({"method":"Target.a","params":)" + params + "}");
    EXPECT_EQ(items(client).back()["method"], "Target.b");
}

TEST_F(ClientsTest, EndedWhereTheServerRefusesTheSizeOfWhatHasItsNumber) {
    start();
    const std::string a = open("A");
    const std::string b = open("B");
    browser.tell("A", "Target.a", R"({"text":")" + std::string(500'000, 'x') + R"("})");
    router->on_settled(published.back().ticket, Settled::acknowledged);
    browser.tell("A", "Target.a", R"({"text":")" + std::string(500'000, 'x') + R"("})");
    browser.tell("B", "Target.b", "{}");
    const realtime::Ticket ticket = published[published.size() - 2].ticket;
    limit = 256'000;
    router->on_sent(ticket);
    router->on_settled(ticket, Settled::too_large);
    EXPECT_EQ(ended(a), "too_large");
    EXPECT_EQ(ended(b), "");
}

TEST_F(ClientsTest, SendsAgainWhereTheOutboxHadNoRoom) {
    start();
    const std::string client = open("A");
    room = 0;
    browser.tell("A", "Target.a", "{}");
    EXPECT_EQ(items(client).size(), 0u);
    room = 1000;
    browser.tell("A", "Target.b", "{}");
    EXPECT_EQ(items(client).size(), 2u);
}

TEST_F(ClientsTest, CarriesWhatTheLinkCannotInsideOfAString) {
    start();
    const std::string client = open("A");
    browser.tell("A", "Target.a", R"({"text":"\ud800"})");
    const json payload = json::parse(published.back().payload.view());
    EXPECT_EQ(payload["data"], R"({"method":"Target.a","params":{"text":"\ud800"}})");
    EXPECT_EQ(payload["parts"], 1);
}

TEST_F(ClientsTest, AnOrderlyStopSendsWhatWaitedForThePace) {
    start();
    const std::string client = open("A");
    sink.next_room = platform::BootClock::now() + 1h;
    browser.tell("A", "Target.targetDestroyed", R"({"targetId":"T"})");
    EXPECT_TRUE(items(client).empty());
    router->stop_relaying("bye");
    EXPECT_EQ(items(client).size(), 1u);
    EXPECT_EQ(ended(client), "stopping");
}

TEST_F(ClientsTest, EndWithTheBrowserTheirSessionAndTheAgent) {
    start();
    const std::string gone = open("G");
    browser.asker->on_session_end("G");
    EXPECT_EQ(ended(gone), "session_lost");
    const std::string lost = open("L");
    browser.state.state = cdp::BrowserState::lost;
    router->on_browser_state();
    EXPECT_EQ(ended(lost), "browser_lost");
    browser.state.state = cdp::BrowserState::attached;
    router->on_browser_state();
    const std::string stopped = open("S");
    post(stopped, R"({"id":1,"method":"Runtime.evaluate","params":{}})");
    EXPECT_EQ(router->unanswered(), 0u) << "a client's command holds no orderly stop up";
    router->stop_relaying("bye");
    EXPECT_EQ(ended(stopped), "stopping");
    command("Agent.post", R"({"client":")" + stopped + R"(","seq":2,"messages":[]})");
    EXPECT_EQ(router->status().clients, 0u);
}

TEST_F(ClientsTest, AnExclusiveOneKeepsEverybodyElseOut) {
    settings.clients.allow_exclusive = true;
    start();
    const std::string first = open("A");
    command("Agent.open", R"({"exclusive":true})");
    EXPECT_EQ(answered()["error"]["data"]["reason"], "busy") << "others are there";
    command("Agent.close", R"({"client":")" + first + R"("})");
    const std::string holder = open("B", R"({"exclusive":true})");
    command("Browser.getVersion", "{}");
    EXPECT_EQ(answered()["error"]["data"]["reason"], "busy");
    command("Agent.open", "{}");
    EXPECT_EQ(answered()["error"]["data"]["reason"], "busy");
    post(holder, R"({"id":1,"method":"Browser.getVersion"})");
    answer_last("{}");
    EXPECT_EQ(items(holder).size(), 1u);
    command("Agent.close", R"({"client":")" + holder + R"("})");
    command("Browser.getVersion", "{}");
    answer_last("{}");
    EXPECT_EQ(answered()["result"], json::object());
}

TEST_F(ClientsTest, ASessionThatComesTooLateIsLeft) {
    start();
    command("Agent.open", "{}");
    const Asked attach = browser.asked.back();
    router->stop_relaying("bye");
    answer(attach, cdp::Fate::result, R"({"sessionId":"LATE"})");
    EXPECT_EQ(browser.asked.back().method, "Target.detachFromTarget");
    EXPECT_EQ(browser.asked.back().params, R"({"sessionId":"LATE"})");
}

TEST_F(ClientsTest, NeitherStalePostsNorThoseOfAPauseAreCarriedOut) {
    start();
    const std::string client = open("A");
    const std::size_t before = browser.asked.size();
    router->on_command(R"({"id":1,"method":"Agent.post","params":{"client":")" + client +
                           R"(","seq":1,"messages":[{"id":1,"method":"Browser.getVersion"}]}})",
                       {.stale = true});
    EXPECT_EQ(browser.asked.size(), before);
    router->set_pause(relay::Pause{});
    post(client, R"({"id":1,"method":"Browser.getVersion"})");
    EXPECT_EQ(browser.asked.size(), before);
    EXPECT_TRUE(items(client)[0].contains("error"));
}

TEST_F(ClientsTest, AreClosedDuringAPauseToo) {
    start();
    const std::string client = open("A");
    router->set_pause(relay::Pause{});
    command("Agent.close", R"({"client":")" + client + R"("})");
    EXPECT_EQ(answered()["ok"], true);
    EXPECT_EQ(browser.asked.back().method, "Target.detachFromTarget");
}

TEST(Lease, StandsStillWhileTheChannelIsNotJoined) {
    using namespace std::chrono_literals;
    TimePoint now{};
    relay::Lease lease{10s, true, now};
    EXPECT_EQ(lease.ends_at(), now + 10s);
    now += 4s;
    lease.set_running(false, now);
    now += 1h;
    EXPECT_FALSE(lease.over(now));
    lease.set_running(true, now);
    EXPECT_EQ(lease.ends_at(), now + 6s);
    now += 5s;
    EXPECT_FALSE(lease.over(now));
    lease.renew(now);
    EXPECT_EQ(lease.ends_at(), now + 10s);
    now += 10s;
    EXPECT_TRUE(lease.over(now));
    lease.set_running(false, now);
    lease.set_running(true, now);
    EXPECT_TRUE(lease.over(now));
}

}  // namespace
