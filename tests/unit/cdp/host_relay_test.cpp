// What an agent says to the browser host before it goes.
#include "cdp/host_relay.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "cdp/host_reset.hpp"
#include "scripted_transport.hpp"

namespace cdp {
namespace {

/// An agent that takes nothing any more.
struct HostRelayTest : testing::Test {
    HostRelayTest() {
        agent_end.flush_error = net::error::broken_pipe;
        const auto serve = [this]() -> awaitable<void> {
            std::string session = "S";
            reset = co_await relay.serve(agent, std::move(session));
        };
        net::co_spawn(io, serve, rethrow);
        settle();
    }
    ~HostRelayTest() override {
        agent_end.hang_up();
        settle();
    }
    void settle() {
        io.restart();
        io.poll();
    }

    net::io_context io;
    test::FarEnd browser_end{io.get_executor()};
    test::FarEnd agent_end{io.get_executor()};
    test::ScriptedTransport browser{browser_end};
    test::ScriptedTransport agent{agent_end};
    HostRelay relay{io.get_executor(), browser, 1024};
    std::optional<bool> reset;
};

TEST_F(HostRelayTest, ReadsTheResetOfAnAgentThatTakesNothingAnyMore) {
    EXPECT_FALSE(reset.has_value());
    agent_end.say(std::string{host_reset_message});
    settle();
    EXPECT_EQ(reset, true);
}

TEST_F(HostRelayTest, EndsWithAnAgentThatHasGoneWithoutOne) {
    agent_end.hang_up();
    settle();
    EXPECT_EQ(reset, false);
}

}  // namespace
}  // namespace cdp
