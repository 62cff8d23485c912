#include "agent/realtime/token_push.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>

#include "tests/unit/realtime/parts_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using realtime::End;
using realtime::Generation;

class Holders final : public realtime::TokenHolders {
  public:
    bool behind(Generation present) const override { return joined && held != present; }
    void push_token(Generation present, std::string_view access, TimePoint) override {
        held = present;
        pushed.emplace_back(access);
    }
    void another_token(TimePoint) override { ++changes; }

    bool joined = true;
    Generation held = 0;
    std::vector<std::string> pushed;
    int changes = 0;
};

class TokenPushPart : public parts::Fixture {
  protected:
    void begin() {
        pair(1);
        holders.held = tokens.generation();
        start([this] { return push.run(); });
        settle();
    }

    Holders holders;
    realtime::TokenPush push{io.get_executor(), tokens, memory.stop_by, holders, ending};
};

TEST_F(TokenPushPart, ANewTokenIsPushedAtOnceAndToldOf) {
    begin();
    EXPECT_TRUE(holders.pushed.empty());
    pair(2);
    ASSERT_TRUE(until([&] { return !holders.pushed.empty(); }));
    EXPECT_EQ(holders.pushed, std::vector<std::string>{"token-2"});
    EXPECT_EQ(holders.changes, 1);
}

TEST_F(TokenPushPart, TheNextOneWaitsForTheServersInterval) {
    begin();
    pair(2);
    ASSERT_TRUE(until([&] { return holders.pushed.size() == 1; }));
    pair(3);
    ASSERT_TRUE(until([&] { return holders.changes == 2; }));
    settle();
    EXPECT_EQ(holders.pushed.size(), 1u);
}

TEST_F(TokenPushPart, UnlessTheGivenOneIsOverBefore) {
    begin();
    pair(2);
    ASSERT_TRUE(until([&] { return holders.pushed.size() == 1; }));
    credentials::Token over;
    over.expires = std::chrono::time_point_cast<std::chrono::seconds>(tokens.server_time());
    push.joined_with(over);
    pair(3);
    ASSERT_TRUE(until([&] { return holders.pushed.size() == 2; }));
}

TEST_F(TokenPushPart, AChannelThatJoinedMeanwhileIsBroughtUpToDate) {
    begin();
    holders.joined = false;
    holders.held = 0;
    push.wake();
    settle();
    EXPECT_TRUE(holders.pushed.empty());
    holders.joined = true;
    push.wake();
    ASSERT_TRUE(until([&] { return !holders.pushed.empty(); }));
}

TEST_F(TokenPushPart, WithoutATokenTheConnectionIsOver) {
    begin();
    tokens.clear();
    ASSERT_TRUE(until([&] { return ending.over(); }));
    EXPECT_EQ(ending.end().cause, End::Cause::unpaired);
}

TEST_F(TokenPushPart, AnOrderlyStopNeedsNoToken) {
    begin();
    memory.stop_by = platform::BootClock::now() + 1h;
    tokens.clear();
    settle();
    settle();
    EXPECT_FALSE(ending.over());
    EXPECT_EQ(ended, 0);
}

/// A loop that ends by an exception leaves its coroutines behind: they go with the io_context, after the tokens.
TEST(TokenPushLeftBehind, TouchesNoTokensThatAreGone) {
    constexpr std::byte gone{0xA5};
    alignas(credentials::Tokens) std::array<std::byte, sizeof(credentials::Tokens)> place{};
    const std::optional<TimePoint> stop_by;
    Holders holders;
    {
        net::io_context io;
        auto* tokens = new (place.data()) credentials::Tokens{io.get_executor()};
        realtime::ConnectionEnd ending{io.get_executor()};
        realtime::TokenPush push{io.get_executor(), *tokens, stop_by, holders, ending};
        net::co_spawn(io, push.run(), rethrow);
        io.poll();
        std::destroy_at(tokens);
        place.fill(gone);
    }
    EXPECT_THAT(place, testing::Each(gone));
}

}  // namespace
