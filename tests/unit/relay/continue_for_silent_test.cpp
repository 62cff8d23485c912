// Targets and requests that wait for a client that has fallen silent: others do not wait for it.
#include "clients_fixture.hpp"
#include "platform/clock.hpp"

namespace {

using namespace clients_test;
using namespace std::chrono_literals;

constexpr const char* run_command = "Runtime.runIfWaitingForDebugger";

struct ContinueForSilentTest : ClientsTest {
    ContinueForSilentTest() { settings.clients.silent_after = 100ms; }
    void TearDown() override {
        router->stop();
        while (!over && io.run_one_for(2s) > 0) {
        }
    }

    void start() {
        ClientsTest::start();
        const auto keep = [this]() -> awaitable<void> {
            co_await router->run();
            over = true;
        };
        net::co_spawn(io, keep, rethrow);
    }
    /// Runs the router until the target of that session was let run, or for that long.
    bool run_until_it_runs(const std::string& session, Duration time = 2s) {
        const TimePoint end = platform::BootClock::now() + time;
        while (!runs(session) && platform::BootClock::now() < end) io.run_one_for(10ms);
        return runs(session);
    }

    template <class Holds>
    void run_until(Holds holds) {
        const TimePoint end = platform::BootClock::now() + 2s;
        while (!holds() && platform::BootClock::now() < end) io.run_one_for(10ms);
        EXPECT_TRUE(holds());
    }
    /// Fetch holds a request of the page of that session.
    void hold(const std::string& session, const std::string& request,
              const std::string& event = "Fetch.requestPaused") {
        const json params{{"requestId", request}, {"request", {{"url", "https://example.org/"}}}};
        browser.tell(session, event, params.dump());
    }
    /// The agent's own commands by which held requests go on.
    std::vector<std::string> gone_on() const {
        std::vector<std::string> all;
        for (const Asked& asked : browser.asked) {
            if (!asked.method.starts_with("Fetch.continue")) continue;
            all.push_back(asked.method + " " + json::parse(asked.params).dump());
        }
        return all;
    }

    /// A target that waits comes below `top`, in that session and that browser context.
    void attach(const std::string& top, const std::string& session, const std::string& context = "default",
                bool waits = true) {
        browser.open(session, browser.page, top);
        const json params{{"sessionId", session},
                          {"targetInfo", {{"targetId", "T"}, {"type", "page"}, {"browserContextId", context}}},
                          {"waitingForDebugger", waits}};
        browser.tell(top, "Target.attachedToTarget", params.dump());
    }
    /// All that came down for the client is acknowledged.
    void acknowledge(const std::string& client) {
        items(client);
        std::uint64_t last = 0;
        for (const realtime::Message& message : published) {
            const json payload = json::parse(message.payload.view());
            if (payload.value("client", "") == client) last = std::max(last, payload.value("seq", std::uint64_t{0}));
        }
        command("Agent.post", R"({"client":")" + client + R"(","ack":)" + std::to_string(last) + "}");
    }
    bool runs(const std::string& session) const { return browser.find(run_command, session) != nullptr; }
    void run_for(Duration time) { EXPECT_FALSE(run_until_it_runs("none", time)); }

    bool over = false;  // the router's run() has returned
};

TEST_F(ContinueForSilentTest, TargetsRunWhereAnotherClientIsAtWork) {
    start();
    const std::string dead = open("A");
    const std::string lives = open("B");
    attach("A", "A1");
    attach("B", "B1");
    attach("A", "A2", "default", false);
    items(dead);
    acknowledge(lives);
    EXPECT_FALSE(runs("A1"));
    EXPECT_TRUE(run_until_it_runs("A1"));
    EXPECT_FALSE(runs("A2")) << "it did not wait";
    EXPECT_FALSE(runs("B1")) << "its client is there";
    EXPECT_EQ(router->status().clients, 2u) << "it lives on";
    const std::size_t before = browser.asked.size();
    run_for(300ms);
    EXPECT_EQ(browser.asked.size(), before) << "once";
}

TEST_F(ContinueForSilentTest, AreNotThoseThatHaveToWaitForTheirTurn) {
    sink.pace = 4;  // two controllers: each sends twice a second
    start();
    const std::string slow = open("A");
    const std::string lives = open("B");
    attach("A", "A1");
    items(slow);
    acknowledge(lives);
    EXPECT_FALSE(run_until_it_runs("A1", 1s));
    EXPECT_TRUE(run_until_it_runs("A1"));
}

TEST_F(ContinueForSilentTest, TargetsRunAtOnceWhileTheClientIsSilent) {
    settings.clients.silent_after = 1s;
    start();
    const std::string dead = open("A");
    const std::string lives = open("B");
    browser.tell("A", "Target.a", "{}");
    items(dead);
    run_for(1100ms);
    attach("A", "A1");
    EXPECT_TRUE(run_until_it_runs("A1", 800ms));
}

TEST_F(ContinueForSilentTest, TargetsRunWhereACommandWithoutAClientComes) {
    start();
    const std::string dead = open("A");
    attach("A", "A1");
    items(dead);
    run_for(250ms);
    EXPECT_FALSE(runs("A1")) << "a client that is alone finds it waiting when it returns";
    command("Agent.getInfo", "{}");
    run_for(50ms);
    EXPECT_FALSE(runs("A1")) << "that asks nothing of the browser";
    command("Browser.crash", "{}");
    run_for(50ms);
    EXPECT_FALSE(runs("A1")) << "the policy did not pass that one";
    command("Browser.getVersion", "{}");
    EXPECT_TRUE(run_until_it_runs("A1"));
}

TEST_F(ContinueForSilentTest, TargetsInTheirOwnContextsWaitOn) {
    start();
    const std::string dead = open("A");
    const std::string lives = open("B");
    post(dead, R"({"id":1,"method":"Target.createBrowserContext"})");
    answer_last(R"({"browserContextId":"C1"})");
    attach("A", "A1", "C1");
    attach("A", "A2", "C2");
    items(dead);
    EXPECT_TRUE(run_until_it_runs("A2"));
    EXPECT_FALSE(runs("A1"));
}

TEST_F(ContinueForSilentTest, TargetsAreLeftToAClientThatLetsThemRunOrWhoseSessionEnds) {
    start();
    const std::string dead = open("A");
    const std::string lives = open("B");
    attach("A", "A1");
    attach("A", "A2");
    attach("A", "A3");
    post(dead, R"({"id":1,"method":"Runtime.runIfWaitingForDebugger","sessionId":"A1"})");
    browser.asker->on_session_end("A2");
    browser.asked.clear();
    items(dead);
    EXPECT_TRUE(run_until_it_runs("A3"));
    EXPECT_FALSE(runs("A1"));
    EXPECT_FALSE(runs("A2"));
}

TEST_F(ContinueForSilentTest, TargetsWaitOnWhileTheChannelIsAway) {
    start();
    const std::string away = open("A");
    open("B");
    attach("A", "A1");
    items(away);
    router->on_link(false);
    run_for(250ms);
    EXPECT_FALSE(runs("A1"));
    router->on_link(true);
    EXPECT_FALSE(runs("A1")) << "it has its time again";
    EXPECT_TRUE(run_until_it_runs("A1"));
}

TEST_F(ContinueForSilentTest, TargetsThatTheBrowserDoesNotLetRunAreTriedAgain) {
    settings.clients.let_go_again = 200ms;
    start();
    const std::string dead = open("A");
    const std::string lives = open("B");
    attach("A", "A1");
    items(dead);
    for (const cdp::Fate fate : {cdp::Fate::overloaded, cdp::Fate::timed_out, cdp::Fate::stale}) {
        acknowledge(lives);
        EXPECT_TRUE(run_until_it_runs("A1"));
        const Asked asked = *browser.find(run_command, "A1");
        browser.asked.clear();
        answer(asked, fate, "no");
        run_for(100ms);
        EXPECT_FALSE(runs("A1")) << "not at once";
    }
    EXPECT_TRUE(run_until_it_runs("A1"));
    const Asked asked = *browser.find(run_command, "A1");
    browser.asked.clear();
    answer(asked, cdp::Fate::error, R"({"code":-32001,"message":"Session with given id not found."})");
    run_for(400ms);
    EXPECT_FALSE(runs("A1")) << "the browser's own word is the last";
}

TEST_F(ContinueForSilentTest, RequestsGoOnWhereAnotherClientIsAtWork) {
    start();
    const std::string dead = open("A");
    const std::string lives = open("B");
    browser.open("A1", browser.page, "A");
    hold("A1", "r1");
    hold("A1", "r2");
    hold("A1", "r3", "Fetch.authRequired");
    hold("A1", "r4");
    post(dead, R"({"id":1,"method":"Fetch.fulfillRequest","sessionId":"A1",)"
               R"("params":{"requestId":"r1","responseCode":200}})");
    post(dead, R"({"id":2,"method":"Fetch.getResponseBody","sessionId":"A1","params":{"requestId":"r2"}})");
    items(dead);
    acknowledge(lives);
    EXPECT_EQ(gone_on(), (std::vector<std::string>{}));
    run_until([this] { return gone_on().size() == 3; });
    EXPECT_EQ(gone_on(),
              (std::vector<std::string>{
                  R"(Fetch.continueRequest {"requestId":"r2"})",
                  R"(Fetch.continueWithAuth {"authChallengeResponse":{"response":"Default"},"requestId":"r3"})",
                  R"(Fetch.continueRequest {"requestId":"r4"})"}));
    hold("A1", "r5");
    acknowledge(lives);
    run_until([this] { return gone_on().size() == 4; });
    EXPECT_EQ(gone_on().back(), R"(Fetch.continueRequest {"requestId":"r5"})") << "while it is silent";
}

TEST_F(ContinueForSilentTest, RequestsGoOnThatTheClientsOwnCommandDidNotLetGo) {
    settings.policy.deny = {"Fetch.failRequest"};
    start();
    const std::string dead = open("A");
    const std::string lives = open("B");
    browser.open("A1", browser.page, "A");
    for (const char* request : {"r1", "r2", "r3", "r4"}) hold("A1", request);
    post(dead, R"({"id":1,"method":"Fetch.failRequest","sessionId":"A1",)"
               R"("params":{"requestId":"r1","errorReason":"Failed"}})");
    const auto fulfill = [&](const std::string& id, const std::string& request, cdp::Fate fate,
                             const std::string& text) {
        post(dead, R"({"id":)" + id + R"(,"method":"Fetch.fulfillRequest","sessionId":"A1",)" +
                       R"("params":{"requestId":")" + request + R"(","responseCode":200}})");
        answer_last(text, fate);
    };
    fulfill("2", "r2", cdp::Fate::error, R"({"code":-32602,"message":"Invalid headers"})");
    fulfill("3", "r3", cdp::Fate::error, R"({"code":-32602,"message":"Invalid InterceptionId."})");
    fulfill("4", "r4", cdp::Fate::result, "{}");
    items(dead);
    acknowledge(lives);
    run_until([this] { return gone_on().size() == 2; });
    EXPECT_EQ(gone_on(), (std::vector<std::string>{R"(Fetch.continueRequest {"requestId":"r1"})",
                                                   R"(Fetch.continueRequest {"requestId":"r2"})"}));
}

TEST_F(ContinueForSilentTest, RequestsInTheirOwnContextsWaitOn) {
    start();
    const std::string dead = open("A");
    const std::string lives = open("B");
    post(dead, R"({"id":1,"method":"Target.createBrowserContext"})");
    answer_last(R"({"browserContextId":"C1"})");
    cdp::TargetInfo own = browser.page;
    own.context = "C1";
    browser.open("A1", own, "A");
    browser.open("A2", browser.page, "A");
    hold("A1", "r1");
    hold("A2", "r2");
    items(dead);
    acknowledge(lives);
    run_until([this] { return !gone_on().empty(); });
    EXPECT_EQ(gone_on(), (std::vector<std::string>{R"(Fetch.continueRequest {"requestId":"r2"})"}));
}

TEST_F(ContinueForSilentTest, RequestsAreLeftToAFetchThatIsDisabled) {
    start();
    const std::string dead = open("A");
    const std::string lives = open("B");
    browser.open("A1", browser.page, "A");
    browser.open("A2", browser.page, "A");
    hold("A1", "r1");
    hold("A2", "r2");
    post(dead, R"({"id":1,"method":"Fetch.disable","sessionId":"A1"})");
    items(dead);
    acknowledge(lives);
    run_until([this] { return !gone_on().empty(); });
    EXPECT_EQ(gone_on(), (std::vector<std::string>{R"(Fetch.continueRequest {"requestId":"r2"})"}));
}

}  // namespace
