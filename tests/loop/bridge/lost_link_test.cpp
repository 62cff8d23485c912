// Single commands whose link is lost between the sending and the acknowledgement, against a scripted server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/bridge/core/far_text.hpp"
#include "agent/bridge/far_side.hpp"
#include "tests/loop/realtime/scripted_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using bridge::Answer;
using bridge::Call;
using scripted::Peer;
using scripted::Said;
using ::testing::HasSubstr;

class LostLink : public scripted::Fixture {
  protected:
    LostLink() {
        credentials::Credential credential;
        credential.access_token = platform::Secret{std::string_view{"token"}};
        credential.origin = credentials::Origin::ephemeral;
        tokens.adopt(std::move(credential));
        settings = cloud::quick_settings(server.url());
    }

    /// The first connection ends when it has the command. The next ones take each that comes, and answer with `result`
    /// as soon as they stand, if there is one.
    void serve() {
        server.then([this](Peer& peer) -> awaitable<void> {
            co_await peer.accept_join();
            const Said command = co_await peer.expect("cdp-command");
            commands.push_back(command.json());
            peer.drop();
        });
        server.then([this](Peer& peer) -> awaitable<void> {
            const Said join = co_await peer.accept_join();
            ++rejoined;
            const std::string id = commands.at(0)["id"];
            if (!result.empty()) {
                const std::string answer = R"({"id":")" + id + R"(","ok":true,"result":)" + result + "}";
                co_await peer.broadcast(join, "cdp-result", answer);
            }
            for (;;) {
                const Said more = co_await peer.next();
                if (more.over) co_return;
                if (more.event != "cdp-command") continue;
                commands.push_back(more.json());
                co_await peer.ok(more);
                const std::string again = R"({"id":")" + id + R"(","ok":true,"result":{"n":2}})";
                co_await peer.broadcast(join, "cdp-result", again);
            }
        });
    }

    Answer call(Call wanted) {
        bridge::FarSide far{bridge::Channel::Needs{io.get_executor(), network, settings, tokens},
                            bridge::Device{cloud::device_uuid, "lab"}};
        std::optional<Answer> answer;
        bool ended = false;
        const auto run = [&]() -> awaitable<void> {
            co_await far.run();
            ended = true;
        };
        const auto ask = [&]() -> awaitable<void> {
            answer = co_await far.call(std::move(wanted));
            far.stop(100ms);
        };
        net::co_spawn(io, run, rethrow);
        net::co_spawn(io, ask, rethrow);
        EXPECT_TRUE(until([&] { return ended && answer; }, 20s));
        return answer.value_or(Answer{});
    }

    realtime::Settings settings;
    platform::Worker network{"far"};
    credentials::Tokens tokens{io.get_executor()};
    std::vector<nlohmann::json> commands;
    std::string result;
    int rejoined = 0;
};

TEST_F(LostLink, ACommandThatMayHaveArrivedIsNotSentAgainAndItsResultIsTaken) {
    result = R"({"n":1})";
    serve();
    const Answer answer = call({.method = "Page.reload"});
    EXPECT_TRUE(answer.ok) << answer.error;
    EXPECT_EQ(answer.result, result);
    EXPECT_EQ(commands.size(), 1u);
}

TEST_F(LostLink, WithoutAResultTheErrorSaysThatItMayHaveBeenCarriedOut) {
    serve();
    const Answer answer = call({.method = "Page.reload", .timeout = 1s});
    const auto error = bridge::read_error(answer.error);
    EXPECT_EQ(error.source, "bridge");
    EXPECT_EQ(error.reason, "unanswered");
    EXPECT_THAT(error.message, HasSubstr("may or may not have been carried out"));
    EXPECT_EQ(commands.size(), 1u);
    EXPECT_GT(rejoined, 0) << "there was time to send it again";
}

TEST_F(LostLink, ARepeatableOneIsSentAgain) {
    serve();
    const Answer answer = call({.method = "Browser.getVersion", .repeatable = true});
    EXPECT_TRUE(answer.ok) << answer.error;
    ASSERT_EQ(commands.size(), 2u);
    EXPECT_EQ(commands[0], commands[1]);
}

}  // namespace
