#include "platform/worker.hpp"

#include <gtest/gtest.h>

#include "peer.hpp"

namespace tests {
namespace {

using namespace net::experimental::awaitable_operators;
using platform::run_blocking;
using platform::Worker;

class WorkerTest : public ::testing::Test {
  protected:
    net::io_context io;
    Worker worker{"test"};
};

TEST_F(WorkerTest, ResultsComeBackToTheLoop) {
    const auto work = [&]() -> awaitable<int> {
        const auto loop = std::this_thread::get_id();
        auto where = [] { return std::this_thread::get_id(); };
        const Result<std::thread::id> other = co_await run_blocking(worker, where);
        EXPECT_TRUE(other);
        EXPECT_NE(*other, loop);
        EXPECT_EQ(std::this_thread::get_id(), loop);
        auto fail = []() -> Result<int> { return net::error::make_error_code(net::error::host_not_found); };
        const Result<int> failed = co_await run_blocking(worker, fail);
        EXPECT_EQ(failed.error(), net::error::host_not_found);
        auto nothing = [] {};
        const Result<void> done = co_await run_blocking(worker, nothing);
        EXPECT_TRUE(done);
        auto number = std::make_unique<int>(42);
        auto move_only = [number = std::move(number)]() mutable { return std::move(number); };
        Result<std::unique_ptr<int>> moved = co_await run_blocking(worker, std::move(move_only));
        co_return **moved;
    };
    EXPECT_EQ(run(io, work()), 42);
}

TEST_F(WorkerTest, ExceptionsAreThrownWhereItIsAwaited) {
    const auto work = [&]() -> awaitable<int> {
        auto broken = []() -> int { throw std::logic_error("broken invariant"); };
        const Result<int> result = co_await run_blocking(worker, broken);
        co_return *result;
    };
    EXPECT_THROW(run(io, work()), std::logic_error);
}

TEST_F(WorkerTest, JobsRunInTheirOrder) {
    std::string order;
    const auto one = [&](char name) -> awaitable<bool> {
        auto append = [&order, name] { order += name; };
        const Result<void> done = co_await run_blocking(worker, append);
        co_return done.has_value();
    };
    const auto all = [&]() -> awaitable<bool> {
        const auto [a, b, c] = co_await (one('a') && one('b') && one('c'));
        co_return a&& b&& c;
    };
    EXPECT_TRUE(run(io, all()));
    EXPECT_EQ(order, "abc");
}

TEST_F(WorkerTest, CancelledWaitEndsAtOnceAndTheJobIsTold) {
    Signal started;
    Signal told;
    const auto wait_for_stop = [&]() -> awaitable<Error> {
        auto job = [&](std::stop_token stop) {
            started.set();
            Signal stopped;
            const std::stop_callback callback(stop, [&] { stopped.set(); });
            if (stopped.wait()) told.set();
        };
        const Result<void> result = co_await run_blocking(worker, job);
        co_return result.error();
    };
    const auto cut = [&]() -> awaitable<bool> {
        const auto executor = co_await net::this_coro::executor;
        platform::Timer timer(executor);
        timer.expires_after(20ms);
        const auto first = co_await (wait_for_stop() || timer.async_wait(no_throw));
        co_return first.index() == 1;
    };
    EXPECT_TRUE(run(io, cut()));
    EXPECT_TRUE(started.wait());
    EXPECT_TRUE(told.wait());
}

// A job that was queued behind another one when its wait was cancelled must not begin.
TEST_F(WorkerTest, CancelledJobThatWaitsNeverRuns) {
    Signal go;
    bool ran = false;
    worker.post([&](const std::stop_token&) { (void)go.wait(); });
    const auto queued = [&]() -> awaitable<Error> {
        auto job = [&] { ran = true; };
        const Result<void> result = co_await run_blocking(worker, job);
        co_return result.error();
    };
    const auto cut = [&]() -> awaitable<bool> {
        const auto executor = co_await net::this_coro::executor;
        platform::Timer timer(executor);
        timer.expires_after(20ms);
        const auto first = co_await (queued() || timer.async_wait(no_throw));
        co_return first.index() == 1;
    };
    EXPECT_TRUE(run(io, cut()));
    go.set();
    const auto after = [&]() -> awaitable<bool> {
        auto job = [] { return true; };
        const Result<bool> result = co_await run_blocking(worker, job);
        co_return *result;
    };
    EXPECT_TRUE(run(io, after()));
    EXPECT_FALSE(ran);
}

// A captured object may remove a file or release a lock in its destructor. That is done before the wait ends.
TEST_F(WorkerTest, WhatTheFunctionHoldsIsGoneWhenTheWaitEnds) {
    constexpr auto long_enough = 200ms;  // for a wait that ends too early
    struct Holding {
        Signal& waited;
        bool& early;
        ~Holding() { early = waited.wait(long_enough); }
    };
    for (const bool throws : {false, true}) {
        Signal waited;
        bool early = true;
        const auto work = [&]() -> awaitable<int> {
            auto hold = [held = std::make_shared<Holding>(waited, early), throws] {
                if (throws) throw std::logic_error("broken invariant");
            };
            try {
                const Result<void> done = co_await run_blocking(worker, std::move(hold));
                EXPECT_TRUE(done);
            } catch (const std::logic_error&) {
                EXPECT_TRUE(throws);
            }
            waited.set();
            co_return 0;
        };
        run(io, work());
        const auto after = [&]() -> awaitable<bool> {
            auto job = [&early] { return early; };
            const Result<bool> result = co_await run_blocking(worker, job);
            co_return *result;
        };
        EXPECT_FALSE(run(io, after())) << (throws ? "it threw" : "it returned");
    }
}

TEST(Worker, EndOfTheWorkerStopsAndJoins) {
    net::io_context io;
    Signal started;
    bool told = false;
    bool second_told = false;
    {
        Worker worker("short");
        worker.post([&](const std::stop_token& stop) {
            Signal stopped;
            const std::stop_callback callback(stop, [&] { stopped.set(); });
            started.set();
            told = stopped.wait();
        });
        worker.post([&](const std::stop_token& stop) { second_told = stop.stop_requested(); });
        ASSERT_TRUE(started.wait());
    }
    EXPECT_TRUE(told);
    EXPECT_TRUE(second_told);
}

// The loop that is destroyed with a wait in it must not leak the coroutine, nor touch it afterwards.
TEST(Worker, LoopMayGoWhileAResultIsOnItsWay) {
    auto alive = std::make_shared<int>(1);
    const std::weak_ptr<int> watched = alive;
    {
        net::io_context io;
        Worker worker("short");
        const auto work = [&worker](std::shared_ptr<int> held) -> awaitable<void> {
            auto job = [] { return 1; };
            const Result<int> result = co_await run_blocking(worker, job);
            *held = *result;
        };
        net::co_spawn(io, work(std::move(alive)), rethrow);
        io.run_one();  // starts it; the result is never taken
    }
    EXPECT_TRUE(watched.expired());
}

// Without that the awaiting coroutine would wait for ever.
TEST(WorkerDeathTest, AJobThatFindsNoMemoryEndsTheProcessWithTheSentence) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    const auto run_out = [] {
        Worker worker("hungry");
        worker.post([](const std::stop_token&) { throw std::bad_alloc{}; });
    };
    EXPECT_EXIT(run_out(), testing::ExitedWithCode(EXIT_FAILURE), "the system gave no memory: raise the limit");
}

TEST(Worker, ALackOfMemoryInsideTheFunctionIsThrownWhereItIsAwaited) {
    net::io_context io;
    Worker worker("hungry");
    bool thrown = false;
    const auto work = [&]() -> awaitable<void> {
        auto job = []() -> int { throw std::bad_alloc{}; };
        try {
            (void)co_await run_blocking(worker, job);
        } catch (const std::bad_alloc&) {
            thrown = true;
        }
    };
    net::co_spawn(io, work, rethrow);
    io.run();
    EXPECT_TRUE(thrown);
}

}  // namespace
}  // namespace tests
