// Clients whose controller means harm, or has bad luck: what they leave behind, and what it costs the others.
#include "agent/relay/core/client_text.hpp"
#include "clients_fixture.hpp"
#include "platform/clock.hpp"

namespace {

using namespace clients_test;
using namespace std::chrono_literals;

struct HostileClientsTest : ClientsTest {
    /// Runs the router until `over`, or for two seconds.
    template <class Over>
    void run_until(Over over) {
        bool ended = false;
        net::co_spawn(
            io,
            [&]() -> awaitable<void> {
                co_await router->run();
                ended = true;
            },
            rethrow);
        const TimePoint end = platform::BootClock::now() + 2s;
        while (!over() && platform::BootClock::now() < end) io.run_one_for(100ms);
        router->stop();
        while (!ended && io.run_one_for(2s) > 0) {
        }
    }
    std::size_t count(const std::string& method) const {
        std::size_t sum = 0;
        for (const Asked& one : browser.asked) sum += one.method == method ? 1 : 0;
        return sum;
    }
};

TEST_F(HostileClientsTest, AContextThatComesWhenItsClientHasGoneIsDisposedOf) {
    start();
    const std::string client = open("A");
    post(client, R"({"id":1,"method":"Target.createBrowserContext"})");
    const Asked create = browser.asked.back();
    command("Agent.close", R"({"client":")" + client + R"("})");
    EXPECT_EQ(browser.find("Target.disposeBrowserContext"), nullptr);
    answer(create, cdp::Fate::result, R"({"browserContextId":"C1"})");
    ASSERT_NE(browser.find("Target.disposeBrowserContext"), nullptr);
    EXPECT_EQ(browser.find("Target.disposeBrowserContext")->params, R"({"browserContextId":"C1"})");
}

TEST_F(HostileClientsTest, AnOpenThatIsGivenUpInTimeLeavesNoSession) {
    start();
    router->on_command(R"({"id":"q-0","method":"Agent.open","params":{},"timeoutMs":1})", {});
    const Asked attach = browser.asked.back();
    EXPECT_GT(attach.deadline, platform::BootClock::now() + 5s) << "the session may come late, and must be known then";
    run_until([&] { return !answered().is_null(); });
    EXPECT_EQ(answered()["error"]["data"]["reason"], "timeout");
    EXPECT_EQ(router->status().clients, 0u);
    answer(attach, cdp::Fate::result, R"({"sessionId":"LATE"})");
    ASSERT_NE(browser.find("Target.detachFromTarget"), nullptr);
    EXPECT_EQ(browser.find("Target.detachFromTarget")->params, R"({"sessionId":"LATE"})");
}

TEST_F(HostileClientsTest, AnOpenThatWaitsForTheNextBrowserIsAnswered) {
    start();
    command("Agent.open", "{}");
    const Asked attach = browser.asked.back();
    browser.state.state = cdp::BrowserState::lost;
    router->on_browser_state();
    browser.state.state = cdp::BrowserState::attached;
    router->on_browser_state();
    browser.open("A", browser_target());
    answer(attach, cdp::Fate::result, R"({"sessionId":"A"})");
    EXPECT_EQ(answered()["result"].value("client", "").size(), 32u);
    EXPECT_EQ(router->unanswered(), 0u);
}

TEST_F(HostileClientsTest, ATraceIsReadByTheClientThatHeardOfItsStream) {
    start();
    const std::string client = open("A");
    const std::string other = open("B");
    browser.tell("A", "Tracing.tracingComplete", R"({"dataLossOccurred":false,"stream":"7"})");
    post(client, R"({"id":1,"method":"IO.read","params":{"handle":"7"}})");
    EXPECT_EQ(browser.asked.back().method, "IO.read");
    browser.asked.clear();
    post(client, R"({"id":2,"method":"IO.read","params":{"handle":"8"}})");
    post(other, R"({"id":3,"method":"IO.read","params":{"handle":"7"}})");
    EXPECT_EQ(browser.find("IO.read"), nullptr);
}

TEST_F(HostileClientsTest, ANameThatIsNoTextIsNotEchoed) {
    start();
    command("Agent.post", R"({"client":"\ud800","seq":1,"messages":[]})");
    for (const realtime::Message& message : published) EXPECT_TRUE(platform::valid_utf8(message.payload));
}

TEST_F(HostileClientsTest, AMessageInPartsIsTextToo) {
    start();
    const std::string client = open("A");
    command(
        "Agent.post",
        R"({"client":")" + client +
            R"(","seq":1,"part":1,"parts":1,"data":"{\"id\":1,\"method\":\"Target.getTargets\",\"params\":{\"x\":\"\ud800\"}}"})");
    for (const Asked& one : browser.asked) EXPECT_TRUE(platform::valid_utf8(one.params)) << one.method;
    EXPECT_EQ(count("Target.getTargets"), 0u);
}

/// A million of them would take the loop a second.
TEST_F(HostileClientsTest, ABroadcastHoldsSoManyMessagesAndNoMore) {
    start();
    std::string messages = "{}";
    for (std::size_t i = 1; i < relay::max_packet_messages; ++i) messages += ",{}";
    const std::string most = open("A");
    post(most, messages);
    EXPECT_EQ(ended(most), "");
    const std::string more = open("B");
    post(more, messages + ",{}");
    EXPECT_EQ(ended(more), "bad_request");
    EXPECT_TRUE(items(more).empty()) << "none was carried out";
}

TEST_F(HostileClientsTest, NorDoesOneThatComesDown) {
    start();
    const std::string client = open("A");
    for (std::size_t i = 0; i < relay::max_packet_messages + 2; ++i) browser.tell("A", "Target.a", "{}");
    EXPECT_EQ(items(client).size(), relay::max_packet_messages + 2);
    std::size_t most = 0;
    for (const realtime::Message& message : published) {
        if (message.event != "cdp-event") continue;
        most = std::max(most, json::parse(message.payload.view()).value("items", json::array()).size());
    }
    EXPECT_EQ(most, relay::max_packet_messages);
}

TEST_F(HostileClientsTest, TheirEndsAreCountedByReason) {
    start();
    const std::string closed = open("A");
    const std::string broken = open("B");
    command("Agent.close", R"({"client":")" + closed + R"("})");
    command("Agent.post", R"({"client":")" + broken + R"(","seq":0})");
    const auto ended = router->status().clients_ended;
    EXPECT_EQ(ended.at("closed"), 1u);
    EXPECT_EQ(ended.at("bad_request"), 1u);
    EXPECT_EQ(ended.at("lease"), 0u);
    EXPECT_EQ(ended.size(), relay::client_end_reasons.size());
}

TEST_F(HostileClientsTest, ContextsThatOthersDisposeOfAreNotKept) {
    start();
    const std::string client = open("A");
    post(client, R"({"id":1,"method":"Target.createBrowserContext"})");
    answer_last(R"({"browserContextId":"C1"})");
    command("Target.disposeBrowserContext", R"({"browserContextId":"C1"})");
    answer_last("{}");
    browser.asked.clear();
    command("Agent.close", R"({"client":")" + client + R"("})");
    EXPECT_EQ(count("Target.disposeBrowserContext"), 0u);
}

}  // namespace
