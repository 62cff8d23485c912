#include "agent/daemon/gate.hpp"

#include <sys/stat.h>

#include "tests/support/stall.hpp"
#include "tests/unit/daemon/parts.hpp"

namespace agent::daemon {
namespace {

using namespace std::chrono_literals;
using credentials::Errc;
using credentials::Origin;
using parts::device_one;
using parts::device_two;

class GateTest : public parts::Parts {
  protected:
    GateNeeds needs(std::optional<credentials::Credential> given = {}, std::string device = {}) {
        return {.executor = io.get_executor(),
                .files = files,
                .config = config,
                .store = store,
                .tokens = tokens,
                .state = state,
                .leaver = leaving,
                .given = std::move(given),
                .device = std::move(device)};
    }
    void put_token(const std::string& text) {
        home.put("outside/token", text);
        ::chmod((home / "outside/token").c_str(), 0600);
        config.credentials.token_file = home / "outside/token";
    }
    /// The gate stands until `stirred` ends it.
    Error stand(Gate& gate, Error why) {
        std::optional<Error> result;
        start([&]() -> awaitable<void> {
            const Error ec = co_await gate.stand(why);
            result = ec;
        });
        EXPECT_TRUE(until([&] { return state.line().starts_with("gate: "); }));
        EXPECT_FALSE(result) << "nothing has changed yet";
        stirred();
        EXPECT_TRUE(until([&] { return result.has_value(); }));
        return result.value_or(Error{});
    }

    std::function<void()> stirred = [] {};
};

TEST_F(GateTest, AnEmptyStoreHasNone) {
    leaving.up = false;
    Gate gate{needs()};
    EXPECT_EQ(result_of(gate.find()).error(), Errc::none);
}

TEST_F(GateTest, TheStoresIsFoundAndBound) {
    leaving.up = false;
    auto stored = credential();
    parts::name_backend(config, "https://other.test");
    stored.backend = pairing::configured_backend(config);
    config.named.api_url.clear();
    parts::name_backend(config, "https://default.test");
    config.named.api_url.clear();
    store_one(stored);
    Gate gate{needs()};
    const auto found = result_of(gate.find());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->device_uuid, device_one);
    EXPECT_EQ(gate.bound().realtime.url, "https://other.test/realtime/v1") << "where it was paired";
}

TEST_F(GateTest, TheGivenOneComesFirstAndOnce) {
    leaving.up = false;
    store_one(credential(device_two));
    auto given = credential(device_one);
    given.origin = Origin::ephemeral;
    Gate gate{needs(std::move(given))};
    const auto first = result_of(gate.find());
    ASSERT_TRUE(first);
    EXPECT_EQ(first->device_uuid, device_one);
    const auto second = result_of(gate.find());
    ASSERT_TRUE(second);
    EXPECT_EQ(second->device_uuid, device_two);
}

TEST_F(GateTest, ATokenThatOthersPutHereComesBeforeTheStores) {
    leaving.up = false;
    store_one(credential(device_two));
    put_token("opaque-token");
    Gate gate{needs({}, device_one)};
    const auto found = result_of(gate.find());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->device_uuid, device_one);
    EXPECT_EQ(found->origin, Origin::file);
}

TEST_F(GateTest, ATokenFileIsReadAgainWhenAnotherTokenIsWanted) {
    leaving.up = false;
    put_token("opaque-token");
    Gate gate{needs({}, device_one)};
    auto found = result_of(gate.find());
    ASSERT_TRUE(found);
    tokens.adopt(std::move(*found));
    start([this]() -> awaitable<void> { co_await tokens.run(); });
    put_token("another-token");
    const Error ec = result_of(tokens.refresh());
    EXPECT_FALSE(ec) << ec.message();
    EXPECT_EQ(tokens.credential()->access_token, credentials::Secret("another-token"));
    tokens.stop();
    settle();
}

TEST_F(GateTest, WhatMayNotBeSentToTheBackendInForceIsNotUsed) {
    leaving.up = false;
    auto stored = credential();
    parts::name_backend(config, "https://other.test");
    store_one(stored);
    Gate gate{needs()};
    ASSERT_FALSE(gate.open());
    const auto found = result_of(gate.find());
    EXPECT_EQ(found.error(), Errc::other_backend);
    stirred = [this] { state.stop(); };
    EXPECT_FALSE(stand(gate, found.error()));
    EXPECT_NE(state.gate().reason.find("https://mine.test"), std::string::npos) << state.gate().reason;
    EXPECT_EQ(state.gate().remedy, "") << "to pair anew would not be the remedy";
}

TEST_F(GateTest, AnotherBackendEndsTheLinksThatServe) {
    pair();
    Gate gate{needs()};
    auto moved = credential();
    moved.backend.api_url = "https://mine.test";
    moved.backend.realtime_url = "https://elsewhere.test/realtime/v1";
    config.named = {};
    EXPECT_EQ(result_of(gate.bind(std::move(moved))).error(), Errc::other_backend);
    EXPECT_EQ(leaving.reasons, std::vector<std::string>{"the machine was paired with another backend"});
}

TEST_F(GateTest, TheSameBackendLeavesTheLinksAndTheirAddresses) {
    pair();
    Gate gate{needs()};
    EXPECT_TRUE(result_of(gate.bind(credential(device_one, "token-2"))));
    EXPECT_TRUE(leaving.reasons.empty());
}

TEST_F(GateTest, WithoutLinksThereIsNothingToLeave) {
    leaving.up = false;
    pair();
    Gate gate{needs()};
    auto moved = credential();
    moved.backend.realtime_url = "https://elsewhere.test/realtime/v1";
    config.named = {};
    EXPECT_TRUE(result_of(gate.bind(std::move(moved))));
    EXPECT_EQ(gate.bound().realtime.url, "https://elsewhere.test/realtime/v1");
    EXPECT_TRUE(leaving.reasons.empty());
}

TEST_F(GateTest, APairingEndsTheGate) {
    leaving.up = false;
    Gate gate{needs()};
    ASSERT_FALSE(gate.open());
    stirred = [this] { store_one(credential()); };
    EXPECT_FALSE(stand(gate, Errc::none));
    EXPECT_EQ(state.state(), realtime::State::gate);
    EXPECT_EQ(state.line(), "gate: not paired; run `agent --pair` to pair this machine");
    EXPECT_TRUE(result_of(gate.find()));
    EXPECT_TRUE(gate.serves(device_one)) << "it was paired while the agent ran";
}

TEST_F(GateTest, ANewTokenInTheFileEndsTheGate) {
    leaving.up = false;
    put_token("");
    Gate gate{needs({}, device_one)};
    ASSERT_FALSE(gate.open());
    const auto none = result_of(gate.find());
    ASSERT_FALSE(none);
    stirred = [this] { put_token("opaque-token"); };
    EXPECT_FALSE(stand(gate, none.error()));
    EXPECT_NE(state.gate().reason.find("is empty: put a token into it"), std::string::npos) << state.gate().reason;
    EXPECT_TRUE(result_of(gate.find()));
}

TEST_F(GateTest, ANewTokenThatComesWhileTheStoreIsLookedAtEndsTheGateToo) {
    leaving.up = false;
    put_token("");
    home.put("state/wipe", "");
    Gate gate{needs({}, device_one)};
    ASSERT_FALSE(gate.open());
    tests::Stall stall{home / "state/lock"};
    ASSERT_TRUE(stall.held());
    start([&]() -> awaitable<void> { co_await gate.stand(Errc::none); });
    ASSERT_TRUE(until([&] { return stall.waited_for(); }));
    put_token("opaque-token");
    stall.release();
    EXPECT_TRUE(until([&] { return ended == 1; }));
}

TEST_F(GateTest, TheStopEndsTheGateAndIsNoFailure) {
    leaving.up = false;
    Gate gate{needs()};
    ASSERT_FALSE(gate.open());
    stirred = [this] { state.stop(); };
    EXPECT_FALSE(stand(gate, Errc::none));
}

TEST_F(GateTest, ADiskThatStandsStillHoldsUpTheGateAndNotTheLoop) {
    leaving.up = false;
    home.put("state/wipe", "");
    Gate gate{needs()};
    ASSERT_FALSE(gate.open());
    tests::Stall stall{home / "state/lock"};
    ASSERT_TRUE(stall.held());
    start([&]() -> awaitable<void> { co_await gate.stand(Errc::wiped); });
    EXPECT_TRUE(until([&] { return stall.waited_for(); }));
    EXPECT_EQ(state.line(), "") << "it is not known yet what to say";
    stall.release();
    EXPECT_TRUE(until([&] { return state.line().find("remove them by hand") != std::string::npos; })) << state.line();
    state.stop();
    EXPECT_TRUE(until([&] { return ended == 1; }));
}

TEST_F(GateTest, AStoreWhoseFolderGoesAwayIsAFailure) {
    leaving.up = false;
    Gate gate{needs()};
    ASSERT_FALSE(gate.open());
    stirred = [this] { std::filesystem::remove_all(config.paths.state); };
    EXPECT_TRUE(stand(gate, Errc::none));
}

TEST_F(GateTest, ReplayBeginsWhereItIsTold) {
    Gate gate{needs()};
    gate.replay_since(credentials::WallTime{1'700'000'000s});
    EXPECT_EQ(gate.bound().realtime.replay_since_ms, 1'700'000'000'000);
}

}  // namespace
}  // namespace agent::daemon
