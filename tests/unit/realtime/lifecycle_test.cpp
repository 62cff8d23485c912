#include "agent/realtime/core/lifecycle.hpp"

#include <gtest/gtest.h>

#include <set>

namespace realtime {
namespace {

constexpr State states[] = {State::gate,    State::connecting, State::joining, State::joined,
                            State::waiting, State::draining,   State::stopped};

TEST(Lifecycle, WalksFromConnectingToStopped) {
    Lifecycle life{State::connecting};
    EXPECT_EQ(life.on(Event::opened)->to, State::joining);
    EXPECT_EQ(life.on(Event::accepted)->to, State::joined);
    EXPECT_EQ(life.on(Event::closed)->to, State::waiting);
    EXPECT_EQ(life.on(Event::rejoin)->to, State::joining);
    EXPECT_EQ(life.on(Event::lost)->to, State::waiting);
    EXPECT_EQ(life.on(Event::retry)->to, State::connecting);
    EXPECT_EQ(life.on(Event::stop)->to, State::draining);
    EXPECT_EQ(life.on(Event::drained)->to, State::stopped);
}

TEST(Lifecycle, SaysWhatChangedAndNothingWhereNothingDid) {
    Lifecycle life{State::joined};
    const auto change = life.on(Event::lost);
    ASSERT_TRUE(change);
    EXPECT_EQ(change->from, State::joined);
    EXPECT_EQ(change->to, State::waiting);
    EXPECT_EQ(change->on, Event::lost);
    EXPECT_FALSE(life.on(Event::accepted));
    EXPECT_EQ(life.state(), State::waiting);
}

TEST(Lifecycle, UnpairLeadsToTheGateFromEveryLivingState) {
    for (const State state : states) {
        if (state == State::stopped) continue;
        EXPECT_EQ(next(state, Event::unpaired), State::gate) << to_string(state);
    }
}

TEST(Lifecycle, StopLeadsOutOfEveryState) {
    for (const State state : states) {
        Lifecycle life{state};
        life.on(Event::stop);
        life.on(Event::drained);
        EXPECT_EQ(life.state(), State::stopped) << to_string(state);
    }
}

TEST(Lifecycle, NoPairIsListedTwice) {
    std::set<std::pair<State, Event>> seen;
    for (const auto& row : transitions) {
        EXPECT_TRUE(seen.emplace(row.from, row.on).second) << to_string(row.from) << " " << to_string(row.on);
    }
}

}  // namespace
}  // namespace realtime
