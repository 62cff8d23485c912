#include "platform/turn.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <optional>

namespace {

using platform::Turn;
using platform::Turns;

struct Writer final : platform::TurnEnd {
    using TurnEnd::TurnEnd;
    void at_turn_end() override {
        ++called;
        if (then) then();
    }
    int called = 0;
    std::function<void()> then;
};

struct TurnTest : testing::Test {
    boost::asio::io_context io;
    Turns& turns = Turns::of(io.get_executor());
    Writer one{turns}, other{turns};
};

TEST_F(TurnTest, WithoutOneNobodyIsCalled) {
    EXPECT_FALSE(turns.at_end(one));
    { const Turn turn{turns}; }
    EXPECT_EQ(one.called, 0);
}

TEST_F(TurnTest, CallsEachOnceAtItsEnd) {
    {
        const Turn turn{turns};
        EXPECT_TRUE(turns.at_end(one));
        EXPECT_TRUE(turns.at_end(other));
        EXPECT_TRUE(turns.at_end(one));
        EXPECT_EQ(one.called, 0);
    }
    EXPECT_EQ(one.called, 1);
    EXPECT_EQ(other.called, 1);
    { const Turn turn{turns}; }
    EXPECT_EQ(one.called, 1) << "asked for one turn alone";
    EXPECT_FALSE(turns.at_end(one)) << "it is over";
}

TEST_F(TurnTest, WithinATurnIsAPartOfIt) {
    {
        const Turn outer{turns};
        {
            const Turn inner{turns};
            EXPECT_TRUE(turns.at_end(one));
        }
        EXPECT_EQ(one.called, 0);
    }
    EXPECT_EQ(one.called, 1);
}

TEST_F(TurnTest, OneThatIsCalledMayAskForAnother) {
    one.then = [&] { EXPECT_TRUE(turns.at_end(other)); };
    {
        const Turn turn{turns};
        turns.at_end(one);
    }
    EXPECT_EQ(other.called, 1);
}

// What comes to be written because somebody else wrote would lie there until the next turn.
TEST_F(TurnTest, OneThatWasCalledAlreadyIsCalledAgainWhenAskedFor) {
    other.then = [&] {
        if (one.called == 1) turns.at_end(one);
    };
    {
        const Turn turn{turns};
        turns.at_end(one);
        turns.at_end(other);
    }
    EXPECT_EQ(one.called, 2);
    EXPECT_EQ(other.called, 1);
}

TEST_F(TurnTest, OneThatAsksForItselfIsCalledAgain) {
    one.then = [&] {
        if (one.called < 3) turns.at_end(one);
    };
    {
        const Turn turn{turns};
        turns.at_end(one);
    }
    EXPECT_EQ(one.called, 3);
}

TEST_F(TurnTest, WhoIsGoneIsNotCalled) {
    std::optional<Writer> gone{std::in_place, turns};
    {
        const Turn turn{turns};
        turns.at_end(*gone);
        turns.at_end(one);
        gone.reset();
    }
    EXPECT_EQ(one.called, 1);
}

TEST_F(TurnTest, OfAnotherLoopIsNoneOfThis) {
    boost::asio::io_context another;
    const Turn turn{Turns::of(another.get_executor())};
    EXPECT_FALSE(turns.at_end(one));
}

}  // namespace
