#include "agent/daemon/store_watch.hpp"

#include "tests/unit/daemon/whole.hpp"

namespace agent::daemon {
namespace {

using namespace std::chrono_literals;
using hooks::HookEvent;
using parts::device_one;
using parts::device_two;

class StoreWatchTest : public parts::WithGate {
  protected:
    StoreWatchTest() { pair(); }

    std::string token_in_use() const {
        const auto* credential = tokens.credential();
        return credential != nullptr ? std::string(credential->access_token.reveal()) : std::string{};
    }
    /// The stored one with another token: of the same pairing, as a refresh by another process leaves it.
    credentials::Credential refreshed() {
        auto stored = store.load();
        EXPECT_TRUE(stored);
        stored->access_token = credentials::Secret("token-2");
        return std::move(*stored);
    }

    /// Until it has followed.
    void follow() {
        start([this] { return watch.follow(); });
        EXPECT_TRUE(until([this] { return ended > 0; }));
        ended = 0;
    }

    StoreWatch watch{files, store, tokens, hooks, gate, state, leaving};
};

TEST_F(StoreWatchTest, WhatIsInUseAlreadyIsNoNews) {
    const auto before = tokens.generation();
    follow();
    EXPECT_EQ(tokens.generation(), before);
    EXPECT_TRUE(leaving.reasons.empty());
}

TEST_F(StoreWatchTest, ARefreshByAnotherProcessIsTakenOver) {
    store_one(refreshed());
    follow();
    EXPECT_EQ(token_in_use(), "token-2");
    EXPECT_TRUE(leaving.reasons.empty());
    EXPECT_FALSE(fired(HookEvent::paired)) << "it is the same pairing";
}

TEST_F(StoreWatchTest, ARotationIsAPairingAndTheLinksGoOn) {
    store_one(credential(device_one, "token-2"));
    follow();
    EXPECT_EQ(token_in_use(), "token-2");
    EXPECT_TRUE(leaving.reasons.empty());
    EXPECT_TRUE(fired(HookEvent::paired));
}

TEST_F(StoreWatchTest, AnotherDeviceStartsOver) {
    store_one(credential(device_two, "token-2"));
    follow();
    EXPECT_EQ(leaving.reasons, std::vector<std::string>{"the machine was paired as another device"});
    EXPECT_EQ(token_in_use(), "token-1") << "the gate takes the other one, when the links are down";
}

TEST_F(StoreWatchTest, AnotherBackendStartsOverWithTheSameTokenToo) {
    config.named = {};
    auto moved = credential();
    moved.backend.realtime_url = "https://elsewhere.test/realtime/v1";
    store_one(moved);
    follow();
    ASSERT_FALSE(leaving.reasons.empty());
    EXPECT_EQ(leaving.reasons.front(), "the machine was paired with another backend");
}

TEST_F(StoreWatchTest, AWipeByAnotherProcessLeavesAndForgets) {
    ASSERT_FALSE(store.wipe());
    follow();
    EXPECT_EQ(leaving.reasons, std::vector<std::string>{"the device was unpaired"});
    EXPECT_EQ(token_in_use(), "");
}

TEST_F(StoreWatchTest, TheStoreIsNothingToATokenFromOutside) {
    use_outside();
    ASSERT_FALSE(store.wipe());
    follow();
    EXPECT_EQ(token_in_use(), "token-1");
    EXPECT_TRUE(leaving.reasons.empty());
}

TEST_F(StoreWatchTest, FollowsEachChange) {
    ASSERT_FALSE(gate.open());
    start([this] { return watch.run(); });
    store_one(refreshed());
    EXPECT_TRUE(until([this] { return token_in_use() == "token-2"; }));
    ASSERT_FALSE(store.wipe());
    EXPECT_TRUE(until([this] { return token_in_use().empty(); }));
    EXPECT_EQ(ended, 0);
}

TEST_F(StoreWatchTest, AtTheStopNothingIsFollowed) {
    ASSERT_FALSE(gate.open());
    start([this] { return watch.run(); });
    state.stop();
    store_one(refreshed());
    EXPECT_FALSE(until([this] { return token_in_use() == "token-2"; }, 200ms));
}

TEST_F(StoreWatchTest, EndsAtACancellationThatComesRightAfterAChange) {
    ASSERT_FALSE(gate.open());
    store_one(refreshed());
    auto whole = [this]() -> awaitable<void> {
        co_await watch.run();
        ++ended;
    };
    net::co_spawn(io, std::move(whole), net::bind_cancellation_slot(cancels.emplace_back().slot(), rethrow));
    io.poll_one();  // as a rule the change is read now, and what waited for it has not gone on yet
    cancel_all();
    // Where it has gone on, it follows the change first: the worker's answer is waited for.
    EXPECT_NO_THROW(EXPECT_TRUE(until([this] { return ended == 1; })));
    EXPECT_TRUE(token_in_use() == "token-1" || token_in_use() == "token-2") << token_in_use();
    EXPECT_TRUE(leaving.reasons.empty());
}

TEST_F(StoreWatchTest, AFolderThatGoesAwayEndsTheLinksAndNotTheWatch) {
    ASSERT_FALSE(gate.open());
    start([this] { return watch.run(); });
    std::filesystem::remove_all(config.paths.state);
    EXPECT_TRUE(until([this] { return token_in_use().empty(); }));
    settle();
    EXPECT_EQ(ended, 0) << "it would end the group of the links with it";
    cancel_all();
    EXPECT_TRUE(until([this] { return ended == 1; }));
}

}  // namespace
}  // namespace agent::daemon
