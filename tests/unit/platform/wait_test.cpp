// Waiting for one of several, or for all: who comes first, what becomes of the others, and whose result is kept.
#include "platform/wait.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/detached.hpp>
#include <stdexcept>
#include <string>

namespace {

using namespace net::experimental::awaitable_operators;
using namespace std::chrono_literals;

struct WaitTest : ::testing::Test {
    /// Work that takes until `timer` is cancelled, and says how it ended.
    awaitable<std::string> work(platform::Timer& timer) {
        co_await platform::expiry(timer);
        const auto cancellation = co_await net::this_coro::cancellation_state;
        how = cancellation.cancelled() == net::cancellation_type::none ? "done" : "cancelled";
        co_return how;
    }
    awaitable<void> end() { co_await platform::expiry(over); }

    template <class T>
    void start(awaitable<T> waiting, std::optional<T>& result) {
        const auto wait = [this, &result,
                           held = std::make_shared<awaitable<T>>(std::move(waiting))]() -> awaitable<void> {
            result = co_await std::move(*held);
            ended = true;
        };
        net::co_spawn(io, wait, rethrow);
        settle();
    }
    void settle() {
        io.restart();
        io.poll();
    }

    net::io_context io;
    platform::Timer busy{io, TimePoint::max()};
    platform::Timer over{io, TimePoint::max()};
    std::string how;
    bool ended = false;
};

TEST_F(WaitTest, TheResultComesWhereTheWorkIsDoneFirst) {
    std::optional<std::optional<std::string>> result;
    start(platform::before(end(), work(busy)), result);
    EXPECT_FALSE(ended);
    busy.cancel();
    settle();
    ASSERT_TRUE(ended);
    EXPECT_EQ(*result, "done");
}

TEST_F(WaitTest, WhereTheEndComesFirstTheWorkIsCancelledAndHasNoResult) {
    std::optional<std::optional<std::string>> result;
    start(platform::before(end(), work(busy)), result);
    over.cancel();
    settle();
    ASSERT_TRUE(ended);
    EXPECT_EQ(*result, std::nullopt);
    EXPECT_EQ(how, "cancelled") << "it was waited for";
}

TEST_F(WaitTest, ATimeLimitIsAnEnd) {
    std::optional<std::optional<std::string>> result;
    over.expires_after(0s);
    start(platform::within(over, work(busy)), result);
    while (!ended) io.run_one_for(1s);
    EXPECT_EQ(*result, std::nullopt);
    EXPECT_EQ(how, "cancelled");
}

TEST_F(WaitTest, ALimitThatIsCancelledIsOver) {
    std::optional<std::optional<std::string>> result;
    start(platform::within(over, work(busy)), result);
    EXPECT_FALSE(ended);
    over.cancel();
    settle();
    EXPECT_TRUE(ended);
    EXPECT_EQ(*result, std::nullopt);
}

TEST_F(WaitTest, OfTwoAtTheSameTimeBothAreWaitedFor) {
    std::optional<int> result;
    const auto both = [this]() -> awaitable<int> {
        auto first = platform::ignoring(work(busy));
        auto second = end();
        co_await (std::move(first) && std::move(second));
        co_return 7;
    };
    start(both(), result);
    busy.cancel();
    settle();
    EXPECT_FALSE(ended);
    EXPECT_EQ(how, "done");
    over.cancel();
    settle();
    EXPECT_EQ(result, 7);
}

/// Throws once `timer` is cancelled, as a loop does whose memory has run out.
awaitable<void> thrower(platform::Timer& timer) {
    co_await platform::expiry(timer);
    throw std::length_error("too long");
}

TEST_F(WaitTest, AnExceptionOfOneIsNotMissedWhileAnotherGoesOn) {
    for (const int place : {0, 1, 2, 3}) {
        SCOPED_TRACE(place);
        platform::Timer doomed{io, TimePoint::max()};
        std::string said;
        const auto wait = [&]() -> awaitable<void> {
            const auto at = [&](int i) { return i == place ? thrower(doomed) : end(); };
            co_await (at(0) || at(1) || at(2) || at(3));
        };
        net::co_spawn(io, wait, [&](std::exception_ptr error) {
            try {
                if (error) std::rethrow_exception(error);
            } catch (const std::length_error& thrown) {
                said = thrown.what();
            }
        });
        settle();
        EXPECT_EQ(said, "");
        doomed.cancel();
        settle();
        EXPECT_EQ(said, "too long");
    }
}

TEST_F(WaitTest, AnExceptionLeavesTheEventLoopThoughWhatIsBesideItDoesNotEnd) {
    platform::Timer doomed{io, TimePoint::max()};
    const auto never = [this]() -> awaitable<void> {
        co_await net::this_coro::throw_if_cancelled(false);
        for (int i = 0; i < 2; ++i) co_await platform::expiry(over);  // it hears no cancellation
    };
    const auto wait = [&]() -> awaitable<void> { co_await (never() && thrower(doomed)); };
    net::co_spawn(io, wait, net::detached);
    settle();
    doomed.cancel();
    EXPECT_THROW(settle(), std::length_error);
}

TEST_F(WaitTest, TheOneThatEndsFirstIsNamed) {
    for (const std::size_t place : {0U, 1U, 2U, 3U}) {
        std::array<platform::Timer, 4> timers{
            platform::Timer{io, TimePoint::max()}, platform::Timer{io, TimePoint::max()},
            platform::Timer{io, TimePoint::max()}, platform::Timer{io, TimePoint::max()}};
        std::optional<std::size_t> first;
        const auto wait = [&]() -> awaitable<std::size_t> {
            const auto one = co_await (platform::expiry(timers[0]) || platform::expiry(timers[1]) ||
                                       platform::expiry(timers[2]) || platform::expiry(timers[3]));
            co_return one.index();
        };
        start(wait(), first);
        EXPECT_FALSE(first);
        timers[place].cancel();
        settle();
        EXPECT_EQ(first, place);
    }
}

TEST_F(WaitTest, AResultThatIsThereStays) {
    std::optional<std::string> kept{"before"};
    std::optional<int> result;
    const auto fill = [&]() -> awaitable<int> {
        auto filling = platform::into(kept, work(busy));
        co_await std::move(filling);
        co_return 1;
    };
    start(fill(), result);
    busy.cancel();
    settle();
    EXPECT_TRUE(ended);
    EXPECT_EQ(kept, "before");
}

TEST_F(WaitTest, AnExpiryReturnsWhenTheTimerIsCancelledOrDue) {
    std::optional<int> result;
    const auto wait_for_both = [this]() -> awaitable<int> {
        co_await platform::expiry(over);
        busy.expires_after(0s);
        co_await platform::expiry(busy);
        co_return 2;
    };
    start(wait_for_both(), result);
    EXPECT_FALSE(ended);
    over.cancel();
    settle();
    while (!ended) io.run_one_for(1s);
    EXPECT_EQ(result, 2);
}

}  // namespace
