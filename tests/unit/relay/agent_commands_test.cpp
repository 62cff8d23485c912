// What the agent answers itself.
#include "agent/relay/agent_commands.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "platform/worker.hpp"
#include "scripted.hpp"
#include "tests/unit/relay/spilled.hpp"

namespace {

using nlohmann::json;
using relay::Command;
using relay::Phase;

struct AgentCommandsTest : testing::Test {
    explicit AgentCommandsTest(relay::Settings with = {}) : settings{std::move(with)} {}

    relay::Flight& begin(std::string_view method) {
        const Command command{"1", method, {}, {}, {}};
        return flights.begin(tickets.next(), command, 7, platform::BootClock::now());
    }
    /// What the command is answered with.
    json ask(std::string_view method, std::string_view params = {}) {
        agent.carry_out(begin(method), params);
        return json::parse(sink.published.back().payload.view());
    }
    std::string keep(std::string_view text) { return streams.keep(text, platform::BootClock::now()); }
    json read(const std::string& handle) { return ask("IO.read", R"({"handle":")" + handle + "\"}"); }

    boost::asio::io_context io;
    platform::Worker files{"files"};
    router_test::ScriptedSink sink;
    router_test::ScriptedBrowser browser;
    relay::Settings settings;
    relay::Tickets tickets;
    relay::Flights flights{{}};
    relay::IoStreams streams{io.get_executor(), settings.streams, files};
    relay::Audit audit{io.get_executor(), settings.audit, files};
    relay::Traffic traffic;
    relay::Answers answers{{.sink = sink,
                            .tickets = tickets,
                            .flights = flights,
                            .streams = streams,
                            .audit = audit,
                            .traffic = traffic,
                            .max_waiting = 4}};
    relay::AgentCommands agent{{.settings = settings,
                                .sink = sink,
                                .browser = browser,
                                .flights = flights,
                                .streams = streams,
                                .answers = answers}};
};

TEST_F(AgentCommandsTest, TellWhoTheAgentIs) {
    agent.set_identity({"1.2.3", "inst", "uuid-1", "a machine"});
    const json first = ask("Agent.getInfo");
    EXPECT_EQ(first["result"]["agent"]["name"], "a machine");
    EXPECT_EQ(first["result"]["browser"], nullptr);
    agent.set_identity({"1.2.3", "inst", "uuid-1", "another name"});
    browser.state.state = cdp::BrowserState::attached;
    browser.state.version.product = "Chrome/1";
    sink.limit = 5000;
    const json second = ask("Agent.getInfo");
    EXPECT_EQ(second["result"]["agent"]["name"], "another name");
    EXPECT_EQ(second["result"]["browser"]["product"], "Chrome/1");
    EXPECT_EQ(second["result"]["limits"]["payloadBytes"], 5000);
}

TEST_F(AgentCommandsTest, ReadAStreamInPiecesThatFit) {
    const std::string text(1500, 'x');
    const std::string handle = keep(text);
    sink.limit = 1000;
    const json first = read(handle);
    EXPECT_EQ(first["result"]["eof"], false);
    EXPECT_LE(sink.published.back().payload.size(), sink.limit);
    const json second = read(handle);
    EXPECT_EQ(second["result"]["eof"], true);
    EXPECT_EQ(first["result"]["data"].get<std::string>() + second["result"]["data"].get<std::string>(), text);
    EXPECT_EQ(traffic.results, 0u) << "a piece is none of the browser's results";
}

TEST_F(AgentCommandsTest, CloseAStreamOnce) {
    const std::string params = R"({"handle":")" + keep("{}") + "\"}";
    EXPECT_EQ(ask("IO.close", params)["result"], json::object());
    EXPECT_EQ(streams.count(), 0u);
    EXPECT_EQ(ask("IO.close", params)["error"]["message"], "Invalid stream handle");
    EXPECT_EQ(ask("IO.read", params)["error"]["message"], "Invalid stream handle");
}

TEST_F(AgentCommandsTest, SayWhatChromeWouldSayOfWrongParameters) {
    EXPECT_EQ(ask("IO.read", R"({"handle":7})")["error"]["code"], -32602);
    EXPECT_EQ(ask("IO.close")["error"]["message"], "Invalid parameters");
    EXPECT_EQ(ask("Agent.open")["error"], (json{{"code", -32601}, {"message", "'Agent.open' wasn't found"}}));
    EXPECT_EQ(traffic.errors, 3u);
}

/// All but the smallest results lie in files, and are read later.
struct SpilledStreams : AgentCommandsTest {
    SpilledStreams() : AgentCommandsTest{in_files()} {}
    static relay::Settings in_files() {
        relay::Settings settings;
        settings.streams.memory_bytes = 10;
        return settings;
    }
    /// The answer to an IO.read of the whole, when it has come.
    json read_in_time(const std::string& handle) {
        const auto before = sink.published.size();
        agent.carry_out(begin("IO.read"), R"({"handle":")" + handle + R"(","offset":0})");
        EXPECT_TRUE(until([&] { return sink.published.size() > before; }));
        return json::parse(sink.published.back().payload.view());
    }
    /// Runs the loop until it is so. False: it was not in time.
    template <class Predicate>
    bool until(Predicate so) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{3};
        while (!so() && std::chrono::steady_clock::now() < end) io.run_one_until(end);
        return so();
    }
};

TEST_F(SpilledStreams, GiveNoPieceToACommandThatWasAnsweredMeanwhile) {
    const std::string handle = keep(std::string(1000, 'x'));
    bool over = false;
    net::co_spawn(
        io, [&]() -> awaitable<Error> { co_return co_await streams.run(); },
        [&](std::exception_ptr, Error) { over = true; });
    ASSERT_TRUE(until([&] { return !tests::in_memory(streams, handle); }));
    relay::Flight& flight = begin("IO.read");
    agent.carry_out(flight, R"({"handle":")" + handle + "\"}");
    EXPECT_EQ(flight.phase, Phase::at_agent);
    EXPECT_TRUE(sink.published.empty());
    answers.refuse(flight, {relay::Reason::stopping, "It ends."});
    const json other = read_in_time(handle);
    EXPECT_EQ(other["result"]["data"].get<std::string>().size(), 1000u) << "the piece of the first one came before";
    EXPECT_EQ(sink.published.size(), 2u) << "one answer each";
    streams.stop();
    EXPECT_TRUE(until([&] { return over; }));
}

}  // namespace
