// Waiting for one of several, or for all: who comes first, what becomes of the others, and whose result is kept.
#include "platform/wait.hpp"

#include <gtest/gtest.h>

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
