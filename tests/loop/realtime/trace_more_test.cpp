// What the recorded server said on other ways than a joined channel, said to the agent; and that no recording is left
// out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "platform/crypto.hpp"
#include "tests/loop/realtime/cloud.hpp"
#include "tests/loop/realtime/scripted_server.hpp"
#include "tests/support/recorded.hpp"

namespace {

using namespace std::chrono_literals;
using cloud::Agent;
using realtime::Class;
using realtime::Settled;
using realtime::State;
using scripted::Peer;
using scripted::Said;

/// Answers to broadcasts over HTTP (10, 17): what is taken counts as delivered, what is refused goes by the socket as
/// soon as that is back, and a refusal of the token is not asked for twice.
TEST(RecordedHttp, AnswersDecideWhatStillGoesByTheSocket) {
    std::set<std::pair<int, std::string>> played;
    for (const char* trace : {"10-http-broadcast", "17-tenant-limits"}) {
        for (const auto& line : recorded::lines(trace)) {
            const bool answer = line.connection == "http" && line.direction == "s2c" && line.kind == "http";
            if (!answer || line.number == 204 || !played.emplace(line.number, line.data).second) continue;
            net::io_context io;
            scripted::Server server{io};
            server.then_refuse(503, "");
            server.answer_posts(line.number, line.data);
            auto settings = cloud::quick_settings(server.url());
            settings.http_fallback = true;
            settings.http_fallback_after = 500ms;
            Agent agent{io, settings, "token"};
            agent.start();
            agent.publish(1, R"({"id":1})");
            const auto until = [&](const std::function<bool()>& done) { return cloud::run_until(io, done); };
            ASSERT_TRUE(until([&] { return server.posts() == 1; })) << line.number;
            bool by_socket = false;
            server.then([&](Peer& peer) -> awaitable<void> {
                co_await peer.accept_join();
                const Said result = co_await peer.expect("cdp-result");
                by_socket = !result.over;
                co_await peer.ok(result);
                co_await peer.wait_for_end();
            });
            ASSERT_TRUE(until([&] { return agent.joined(); })) << line.number;
            ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::acknowledged) == 1; })) << line.number;
            EXPECT_EQ(by_socket, line.number != 202) << line.number;
            EXPECT_EQ(server.posts(), 1) << line.number;
        }
    }
    EXPECT_GE(played.size(), 6u);
}

/// A frame over the server's limit (06b): the close that came for it is answered with a new socket, and the message is
/// handed back instead of being sent for ever.
TEST(RecordedFrameSize, TheCloseForAMessageEndsTheMessageAndNotTheLink) {
    int code = 0;
    for (const auto& line : recorded::lines("06b-frame-size-header-only")) {
        if (line.kind != "raw" || line.direction != "s2c") continue;
        const std::string frame = platform::from_base64(line.data).value();
        ASSERT_EQ(frame.size(), 4u);
        code = static_cast<unsigned char>(frame[2]) << 8 | static_cast<unsigned char>(frame[3]);
    }
    EXPECT_EQ(code, 1009);
    net::io_context io;
    scripted::Server server{io};
    server.then([&](Peer& peer) -> awaitable<void> {
        co_await peer.accept_join();
        co_await peer.expect("cdp-result");
        co_await peer.close(code);
    });
    std::vector<std::string> again;
    server.then([&](Peer& peer) -> awaitable<void> {
        co_await peer.accept_join();
        for (;;) {
            const Said result = co_await peer.expect("cdp-result");
            if (result.over) co_return;
            again.push_back(result.payload);
            co_await peer.ok(result);
        }
    });
    Agent agent{io, cloud::quick_settings(server.url()), "token"};
    agent.start();
    ASSERT_TRUE(cloud::run_until(io, [&] { return agent.joined(); }));
    agent.publish(1, "\"" + std::string(100'000, 'x') + "\"");
    ASSERT_TRUE(cloud::run_until(io, [&] { return agent.recorder.settled_as(Settled::too_large) == 1; }));
    agent.publish(2, "2");
    ASSERT_TRUE(cloud::run_until(io, [&] { return agent.recorder.settled_as(Settled::acknowledged) == 1; }));
    EXPECT_THAT(again, ::testing::ElementsAre("2"));
}

/// Every recorded refusal of an upgrade: never a busy loop, always a reason, and what there is to wait for.
TEST(Refusals, AreClassifiedAndWaitedOut) {
    int refusals = 0;
    for (const char* trace :
         {"01b-upgrade-headers", "03-bad-credentials", "17-tenant-limits", "19-stalls-and-odd-joins"}) {
        for (const auto& line : recorded::lines(trace)) {
            if (line.direction != "s2c" || line.kind != "http" || line.number < 400) continue;
            ++refusals;
            net::io_context io;
            scripted::Server server{io};
            server.then_refuse(line.number, line.data);
            auto settings = cloud::quick_settings(server.url());
            settings.backoff_base = settings.backoff_cap = 1s;
            Agent agent{io, settings, "token"};
            agent.start();
            ASSERT_TRUE(cloud::run_until(io, [&] { return agent.status().state == State::waiting; }));
            EXPECT_FALSE(agent.status().reason.empty());
            const auto& status = agent.status();
            ASSERT_TRUE(status.next_try);
            const bool server_trouble = line.number >= 500;
            EXPECT_EQ(status.failure == Class::transient, server_trouble) << line.number << " " << status.reason;
            EXPECT_GE(*status.next_try - platform::BootClock::now(), server_trouble ? -1s : 9s) << status.reason;
            EXPECT_EQ(server.connections(), 1);
        }
    }
    EXPECT_GE(refusals, 15);
}

/// The connections of a recording on which the server answered a client that had asked for a channel.
std::set<std::string> joined_connections(const std::string& trace) {
    std::set<std::string> asked;
    std::set<std::string> answered;
    for (const auto& line : recorded::lines(trace)) {
        const bool join =
            line.direction == "c2s" && line.kind == "text" && line.data.find("phx_join") != line.data.npos;
        if (join) asked.insert(line.connection);
        const bool frame = line.direction == "s2c" && (line.kind == "text" || line.kind == "binary");
        if (frame && asked.contains(line.connection)) answered.insert(line.connection);
    }
    return answered;
}

TEST(Recordings, EachHasATestOfWhatTheAgentDoesNext) {
    // Played by tests of their own: Refusals, RecordedHttp, RecordedFrameSize.
    std::set<std::string> played{"01b-upgrade-headers", "06b-frame-size-header-only", "10-http-broadcast"};
    const auto& all = *::testing::UnitTest::GetInstance();
    for (int suite = 0; suite < all.total_test_suite_count(); ++suite) {
        const auto& tests = *all.GetTestSuite(suite);
        if (std::string{tests.name()}.find("/Traces") == std::string::npos) continue;
        for (int test = 0; test < tests.total_test_count(); ++test) {
            const std::string value = tests.GetTestInfo(test)->value_param();
            played.insert(value.substr(0, value.find(' ')));
            played.insert(value);
        }
    }
    for (const auto& entry : std::filesystem::directory_iterator{BMC_TEST_DATA "/traces"}) {
        if (entry.path().extension() != ".jsonl") continue;
        const std::string name = entry.path().stem();
        EXPECT_TRUE(played.contains(name)) << name;
        for (const auto& connection : joined_connections(name)) {
            EXPECT_TRUE(played.contains(name + " " + connection)) << name << ": connection " << connection;
        }
    }
    EXPECT_GE(played.size(), 100u);
}

}  // namespace
