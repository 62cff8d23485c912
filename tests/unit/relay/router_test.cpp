// The router between a scripted browser and a scripted outbox: every command is answered exactly once.
#include "agent/relay/router.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/worker.hpp"

namespace {

using nlohmann::json;
using realtime::Settled;
using relay::Reason;
using relay::Router;

/// What the browser was asked.
struct Asked {
    cdp::Ticket ticket;
    cdp::Destination::Kind kind;
    std::string session, method, params;
    TimePoint deadline;
};

cdp::TargetInfo page_at(std::string url) {
    cdp::TargetInfo target;
    target.type = "page";
    target.url = std::move(url);
    return target;
}

class ScriptedBrowser final : public relay::BrowserPort {
  public:
    void submit(const cdp::Request& request) override {
        asked.push_back({request.ticket, request.to.kind, std::string(request.to.session), std::string(request.method),
                         std::string(request.params), request.deadline});
        if (at_once) at_once(asked.back());
    }
    const cdp::TargetInfo* target_of(std::string_view session) const override {
        return session == "AT-FILE" ? &file_page : nullptr;
    }
    const cdp::TargetInfo* default_page() const override { return page ? &*page : nullptr; }
    cdp::BrowserStatus status() const override { return state; }

    std::vector<Asked> asked;
    std::function<void(const Asked&)> at_once;
    cdp::TargetInfo file_page = page_at("file:///etc/");
    std::optional<cdp::TargetInfo> page;
    cdp::BrowserStatus state;
};

class RouterTest : public testing::Test {
  protected:
    void start() {
        relay::RouterPorts ports;
        ports.publish = [this](realtime::Message message) {
            if (room == 0 || message.payload.size() > largest) return false;
            --room;
            published.push_back(std::move(message));
            return true;
        };
        ports.payload_limit = [this] { return limit; };
        router.emplace(io.get_executor(), settings, std::move(ports), files);
        router->connect(browser);
        router->set_identity({"1.2.3", "inst", "uuid-1", "Röchel"});
    }

    void command(const std::string& text, relay::CommandFlags flags = {}) { router->on_command(text, flags); }

    json last() const { return json::parse(published.back().payload); }

    void expect_reason(const char* reason, int code) {
        ASSERT_FALSE(published.empty());
        EXPECT_EQ(last()["ok"], false);
        EXPECT_EQ(last()["error"]["code"], code) << last();
        EXPECT_EQ(last()["error"]["data"]["reason"], reason) << last();
        EXPECT_EQ(last()["error"]["data"]["source"], "agent");
        EXPECT_EQ(published.back().event, "cdp-result");
    }

    void answer(cdp::Fate fate, std::string_view text) {
        router->on_answer({browser.asked.back().ticket, fate, text, "S"});
    }

    boost::asio::io_context io;
    platform::Worker files{"files"};
    relay::Settings settings;
    ScriptedBrowser browser;
    std::vector<realtime::Message> published;
    std::size_t room = 1000;
    std::size_t largest = std::size_t{1} << 30;
    std::size_t limit = 3'000'000;
    std::optional<Router> router;
};

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
    EXPECT_EQ(router->status().dropped, 1u);
    EXPECT_EQ(router->status().in_flight, 0u);
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
    EXPECT_EQ(json::parse(published[1].payload)["id"], 1);
    EXPECT_EQ(json::parse(published[2].payload)["id"], 2);
}

TEST_F(RouterTest, BoundsTheAnswersThatWait) {
    settings.max_waiting_answers = 2;
    start();
    room = 0;
    for (int i = 0; i < 3; ++i) command(R"({"id":1,"method":"Browser.crash"})");
    EXPECT_EQ(router->status().waiting_answers, 2u);
    EXPECT_EQ(router->status().dropped, 1u);
    EXPECT_EQ(router->status().in_flight, 2u);
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
    EXPECT_EQ(json::parse(published[1].payload)["error"]["data"]["reason"], "stopping");
    EXPECT_EQ(json::parse(published[1].payload)["id"], 1);
    EXPECT_EQ(json::parse(published[2].payload)["id"], 2);
    router->on_answer({browser.asked[1].ticket, cdp::Fate::result, "{}", ""});
    EXPECT_EQ(published.size(), 3u) << "the browser's late answer is not a second one";
    command(R"({"id":9,"method":"Page.enable"})");
    expect_reason("stopping", -32016);
    EXPECT_EQ(last()["error"]["message"], "This device was unpaired.");
    router->start_relaying();
    EXPECT_EQ(router->status().in_flight, 0u);
    EXPECT_EQ(router->status().at_browser, 0u);
    EXPECT_EQ(router->status().bytes_in_flight, 0u);
    command(R"({"id":10,"method":"Page.enable"})");
    EXPECT_EQ(browser.asked.size(), 4u);
}

TEST_F(RouterTest, FallsBackToTheDefaultPageForStreams) {
    start();
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

TEST_F(RouterTest, AnswersForItself) {
    start();
    command(R"({"id":1,"method":"Agent.getInfo"})");
    EXPECT_EQ(last()["result"]["agent"],
              (json{{"version", "1.2.3"}, {"instance", "inst"}, {"uuid", "uuid-1"}, {"name", "Röchel"}}));
    EXPECT_EQ(last()["result"]["browser"], nullptr);
    EXPECT_EQ(last()["result"]["limits"]["payloadBytes"], 3'000'000);
    EXPECT_TRUE(last()["result"]["features"].is_array());
    browser.state.state = cdp::BrowserState::attached;
    browser.state.product = "Chrome/1";
    browser.state.protocol_version = "1.3";
    browser.state.user_agent = "UA";
    command(R"({"id":1,"method":"Agent.getInfo"})");
    EXPECT_EQ(last()["result"]["browser"],
              (json{{"product", "Chrome/1"}, {"protocolVersion", "1.3"}, {"userAgent", "UA"}}));
    command(R"({"id":1,"method":"Agent.open"})");
    EXPECT_EQ(last()["error"], (json{{"code", -32601}, {"message", "'Agent.open' wasn't found"}}));
}

TEST_F(RouterTest, LetsNoSessionIdIntoTheEnvelopeThatIsNone) {
    start();
    command(R"({"id":1,"method":"Page.enable","sessionId":"x\",\"method\":\"Browser.crash"})");
    EXPECT_EQ(last()["error"], (json{{"code", -32001}, {"message", "Session with given id not found."}}));
    EXPECT_TRUE(browser.asked.empty());
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
