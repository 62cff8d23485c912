// Pairing asked for over the control socket, up to where a backend is asked; tests/loop/cli/remote_test.py has the
// rest.
#include "agent/pairing/remote_pairing.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent/pairing/binding.hpp"
#include "platform/clock.hpp"
#include "tests/support/store.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace pairing;
using namespace std::chrono_literals;
using platform::ServerReply;
using platform::ServerRequest;

class Agent final : public JoiningAgent {
  public:
    explicit Agent(const net::any_io_executor& executor) : timer{executor, TimePoint::max()} {}
    bool joined() const override { return is_joined; }
    const realtime::Status* link() const override { return has_link ? &status : nullptr; }
    std::string why_no_link() const override { return "not paired"; }
    bool stopping() const override { return stops; }
    awaitable<void> changed() override { co_await timer.async_wait(no_throw); }

    bool is_joined = false;
    bool has_link = true;
    bool stops = false;
    realtime::Status status;
    platform::Timer timer;
};

class RemotePairingTest : public testing::Test {
  protected:
    RemotePairingTest() {
        config.paths.state = home / "state";
        config.credentials.bind = false;
        config.api.url = "https://mine.test";
        config.named.api_url = "agent.toml:3";
        config.realtime.url = "https://mine.test/realtime/v1";
        config.pairing.rest_url = "https://mine.test/rest/v1";
        EXPECT_FALSE(store.open());
    }
    void pair(std::optional<credentials::WallTime> expires = {}) {
        credentials::Credential credential;
        credential.device_uuid = "6f1c2a3b-0000-4000-8000-000000000001";
        credential.device_name = "a test";
        credential.access_token = credentials::Secret("token-1");
        credential.backend = configured_backend(config);
        credential.backend.issuer.clear();
        credential.paired_at = platform::wall_now();
        credential.expires_at = expires;
        ASSERT_FALSE(tests::save(store, credential));
        tokens.adopt(std::move(credential));
    }
    static RemoteRequest play() {
        RemoteRequest request;
        request.id = "one";
        request.if_unpaired = true;
        request.what.login = true;
        return request;
    }
    static RemoteRequest with_token(const std::string& token) {
        auto request = play();
        request.what.login = false;
        request.token = credentials::Secret(std::string_view{token});
        return request;
    }
    ServerReply ask(ServerRequest request) {
        std::optional<ServerReply> reply;
        auto whole = [&]() -> awaitable<void> {
            auto asking = pairing.on_request(std::move(request));
            reply = co_await std::move(asking);
        };
        net::co_spawn(io, std::move(whole), rethrow);
        const auto end = platform::BootClock::now() + 4s;
        while (!reply && platform::BootClock::now() < end) {
            if (io.stopped()) io.restart();
            io.run_one_for(10ms);
        }
        EXPECT_TRUE(reply);
        return reply.value_or(ServerReply{});
    }
    RemoteResult pair_as(const RemoteRequest& request) {
        ServerRequest asked;
        asked.method = "POST";
        asked.path = "/pair";
        asked.body = to_json(request);
        const auto reply = ask(std::move(asked));
        EXPECT_EQ(reply.status, 200) << reply.body;
        return read_result(reply.body).value_or(RemoteResult{});
    }
    int status_of(const std::string& method, const std::string& path, const std::string& body = {}) {
        ServerRequest asked;
        asked.method = method;
        asked.path = path;
        asked.body = body;
        return ask(std::move(asked)).status;
    }

    tests::TempFolder home;
    config::Config config;
    net::io_context io{1};
    platform::Worker network{"network"};
    credentials::Store store{credentials::StoreSettings{.folder = home / "state", .bind = false}};
    platform::Worker files{"files"};
    credentials::Tokens tokens{io.get_executor(), &store};
    Agent agent{io.get_executor()};
    RemotePairing pairing{{.executor = io.get_executor(),
                           .network = network,
                           .files = files,
                           .config = config,
                           .store = store,
                           .tokens = tokens,
                           .agent = agent}};
};

TEST_F(RemotePairingTest, OtherRequestsAreRefused) {
    EXPECT_EQ(status_of("GET", "/pair"), 404);
    EXPECT_EQ(status_of("POST", "/pair/events"), 404);
    EXPECT_EQ(status_of("GET", "/pair/answer"), 404);
    EXPECT_EQ(status_of("POST", "/pair", "{}"), 400);
    EXPECT_EQ(status_of("POST", "/pair", "no JSON"), 400);
    EXPECT_EQ(status_of("POST", "/pair/answer", "yes"), 409) << "no pairing asked for anything";
}

TEST_F(RemotePairingTest, NobodyIsHereToLogIn) {
    const auto result = pair_as(play());
    EXPECT_EQ(result.outcome, PairOutcome::wrong_input);
    EXPECT_NE(result.problem.find("nobody is here to log in"), std::string::npos) << result.problem;
}

TEST_F(RemotePairingTest, AnAgentWithATokenFromOutsideDoesNotPair) {
    home.put("token", "opaque");
    config.credentials.token_file = home / "token";
    const auto result = pair_as(play());
    EXPECT_EQ(result.outcome, PairOutcome::wrong_input);
    EXPECT_NE(result.problem.find("given its token from outside"), std::string::npos) << result.problem;
}

TEST_F(RemotePairingTest, APairedMachineThatIsJoinedIsLeftAsItIs) {
    pair();
    agent.is_joined = true;
    const auto result = pair_as(play());
    EXPECT_EQ(result.outcome, PairOutcome::paired);
    EXPECT_TRUE(result.joined);
    EXPECT_FALSE(result.changed);
    EXPECT_EQ(result.device_name, "a test");
}

TEST_F(RemotePairingTest, TheJoinIsWaitedFor) {
    pair();
    agent.status.state = realtime::State::connecting;
    platform::Timer soon{io, platform::BootClock::now() + 50ms};
    soon.async_wait([&](Error) {
        agent.is_joined = true;
        agent.timer.cancel();
    });
    const auto began = platform::BootClock::now();
    EXPECT_TRUE(pair_as(play()).joined);
    EXPECT_LT(platform::BootClock::now() - began, 900ms) << "at the change, not at the next look";
}

TEST_F(RemotePairingTest, WhatDoesNotPassEndsTheWaitWithItsReason) {
    pair();
    agent.status.state = realtime::State::waiting;
    agent.status.cause = realtime::Cause::settings;
    agent.status.reason = "the address is wrong";
    const auto result = pair_as(play());
    EXPECT_EQ(result.outcome, PairOutcome::paired);
    EXPECT_FALSE(result.joined);
    EXPECT_EQ(result.waiting, "the address is wrong");
}

TEST_F(RemotePairingTest, ACredentialThatTheServerRefusesIsToBeReplaced) {
    pair();
    agent.status.state = realtime::State::waiting;
    agent.status.cause = realtime::Cause::credential;
    agent.status.reason = "the device was removed";
    const auto result = pair_as(play());
    EXPECT_EQ(result.outcome, PairOutcome::refused) << "and nobody handed in another one";
    EXPECT_NE(result.problem.find("the device was removed"), std::string::npos) << result.problem;
    EXPECT_NE(result.problem.find("--token-stdin"), std::string::npos) << result.problem;
}

TEST_F(RemotePairingTest, SoIsOneThatHasRunOut) {
    pair(platform::wall_now() - 1h);
    agent.is_joined = true;
    const auto result = pair_as(play());
    EXPECT_EQ(result.outcome, PairOutcome::refused);
    EXPECT_NE(result.problem.find("--token-file"), std::string::npos) << result.problem;
}

TEST_F(RemotePairingTest, TheStopEndsTheWait) {
    pair();
    agent.stops = true;
    agent.has_link = false;
    const auto result = pair_as(play());
    EXPECT_FALSE(result.joined);
    EXPECT_EQ(result.waiting, "not paired");
}

TEST_F(RemotePairingTest, ATokenThatWasUnpairedHereIsNotTakenAgain) {
    ASSERT_FALSE(store.wipe({"wiped-token"}));
    const auto result = pair_as(with_token("wiped-token"));
    EXPECT_EQ(result.outcome, PairOutcome::refused);
    EXPECT_EQ(result.problem, store.explain(credentials::Errc::refused_token));
}

TEST_F(RemotePairingTest, ATokenThatCannotBeReadIsWrongInput) {
    EXPECT_EQ(pair_as(with_token("{\"access_token\":7}")).outcome, PairOutcome::wrong_input);
}

TEST_F(RemotePairingTest, ATokenForAnotherBackendGoesNowhere) {
    auto request = with_token("opaque");
    request.backend.api_url = "https://other.test";
    const auto result = pair_as(request);
    EXPECT_EQ(result.outcome, PairOutcome::refused);
    EXPECT_NE(result.problem.find("https://mine.test"), std::string::npos) << result.problem;
}

TEST_F(RemotePairingTest, OneAtATime) {
    pair();
    agent.status.state = realtime::State::connecting;
    ServerRequest first;
    first.method = "POST";
    first.path = "/pair";
    first.body = to_json(play());
    int second = 0;
    net::co_spawn(
        io,
        [&]() -> awaitable<void> {
            auto asking = pairing.on_request(std::move(first));
            co_await std::move(asking);
        },
        rethrow);
    io.poll();
    second = status_of("POST", "/pair", to_json(play()));
    EXPECT_EQ(second, 409);
    agent.stops = true;
    agent.timer.cancel();
    io.restart();
    io.run_for(1s);
}

}  // namespace
