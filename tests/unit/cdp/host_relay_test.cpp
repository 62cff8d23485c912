// What an agent says to the browser host before it goes, and what the host makes of a browser that says nothing.
#include "cdp/host_relay.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <optional>
#include <utility>

#include "cdp/host_reset.hpp"
#include "scripted_transport.hpp"

namespace cdp {
namespace {

using namespace std::chrono_literals;

struct HostRelayTest : testing::Test {
    ~HostRelayTest() override {
        agent_end.hang_up();
        browser_end.hang_up();
        settle();
    }
    void serve() {
        const auto serving = [this]() -> awaitable<void> {
            std::string session = "S";
            end = co_await relay.serve(agent, std::move(session), limit);
        };
        net::co_spawn(io, serving, rethrow);
        settle();
    }
    /// Asks the browser something, and reads what it says.
    void ask() {
        const auto asking = [this]() -> awaitable<void> {
            std::string method = "Browser.getVersion";
            std::string params;
            answer = co_await relay.ask(std::move(method), std::move(params), limit);
            asked = true;
        };
        const auto reading = [this]() -> awaitable<void> { co_await relay.run(); };
        if (!std::exchange(reads, true)) net::co_spawn(io, reading, rethrow);
        net::co_spawn(io, asking, rethrow);
        settle();
    }
    void settle() {
        io.restart();
        io.poll();
    }
    void run_until(const std::function<bool()>& so) {
        io.restart();
        const auto last = std::chrono::steady_clock::now() + 2s;
        while (!so() && std::chrono::steady_clock::now() < last) io.run_one_until(last);
    }

    net::io_context io;
    test::FarEnd browser_end{io.get_executor()};
    test::FarEnd agent_end{io.get_executor()};
    test::ScriptedTransport browser{browser_end};
    test::ScriptedTransport agent{agent_end};
    HostRelay relay{io.get_executor(), browser, 1024};
    Duration limit = 1h;
    std::optional<AgentEnd> end;
    std::optional<std::string> answer;
    bool asked = false;
    bool reads = false;
};

TEST_F(HostRelayTest, ReadsTheResetOfAnAgentThatTakesNothingAnyMore) {
    agent_end.flush_error = net::error::broken_pipe;
    serve();
    EXPECT_FALSE(end.has_value());
    agent_end.say(std::string{host_reset_message});
    settle();
    EXPECT_EQ(end, AgentEnd::asked_reset);
}

TEST_F(HostRelayTest, EndsWithAnAgentThatHasGoneWithoutOne) {
    serve();
    agent_end.hang_up();
    settle();
    EXPECT_EQ(end, AgentEnd::left);
}

constexpr std::size_t more_than_the_host_holds = (std::size_t{128} << 20) + 1;

// The host reads no more commands then, nor that the agent has gone.
TEST_F(HostRelayTest, ABrowserThatTakesNoCommandsAndSaysNothingHangs) {
    limit = 20ms;
    browser_end.held = more_than_the_host_holds;
    serve();
    agent_end.say(R"({"id":1,"method":"Page.enable","sessionId":"S"})");
    agent_end.hang_up();
    run_until([this] { return end.has_value(); });
    EXPECT_EQ(end, AgentEnd::browser_hangs);
}

TEST_F(HostRelayTest, ABrowserThatTakesNoCommandsAndSaysSomethingIsWaitedFor) {
    limit = 200ms;
    browser_end.held = more_than_the_host_holds;
    browser_end.trickle = 1;
    serve();
    agent_end.say(R"({"id":1,"method":"Page.enable","sessionId":"S"})");
    run_until([this] { return browser_end.bytes_read > 4; });
    EXPECT_FALSE(end.has_value());
    browser_end.held = 0;
    agent_end.hang_up();
    run_until([this] { return end.has_value(); });
    EXPECT_EQ(end, AgentEnd::left);
}

TEST_F(HostRelayTest, AnAnswerIsToldFromAnErrorAndFromNone) {
    ask();
    EXPECT_FALSE(asked);
    browser_end.say(R"({"id":-1,"result":{"product":"Chrome"}})");
    settle();
    EXPECT_EQ(answer, R"({"product":"Chrome"})");
    asked = false;
    ask();
    browser_end.say(R"({"id":-2,"error":{"code":-32000,"message":"no"}})");
    settle();
    ASSERT_TRUE(asked);
    EXPECT_EQ(answer, "");
    limit = 20ms;
    asked = false;
    ask();
    run_until([this] { return asked; });
    EXPECT_TRUE(asked);
    EXPECT_EQ(answer, std::nullopt);
}

TEST_F(HostRelayTest, ABrowserThatSaysSomethingElseIsWaitedForBeyondTheLimitAndNotForEver) {
    limit = 20ms;
    browser_end.trickle = 1;
    const auto begun = std::chrono::steady_clock::now();
    ask();
    run_until([this] { return asked; });
    EXPECT_TRUE(asked);
    EXPECT_EQ(answer, std::nullopt);
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 4 * limit);
}

}  // namespace
}  // namespace cdp
