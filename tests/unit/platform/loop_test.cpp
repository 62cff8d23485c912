// The loop of one command: what is destroyed before what.
#include "platform/loop.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <stdexcept>
#include <thread>

#include "platform/wait.hpp"
#include "platform/worker.hpp"

namespace {

enum class Seen { nothing, alive, gone };

/// What a coroutine refers to.
struct Owner {
    explicit Owner(const net::any_io_executor& executor) : timer{executor, TimePoint::max()} {}
    ~Owner() { gone = true; }
    platform::Timer timer;
    static inline bool gone = false;
};

/// In the coroutine's frame.
struct Guard {
    Seen& seen;
    ~Guard() { seen = Owner::gone ? Seen::gone : Seen::alive; }
};

struct LoopTest : testing::Test {
    LoopTest() { Owner::gone = false; }
    Seen seen = Seen::nothing;
};

TEST_F(LoopTest, DestroysWhatWaitsWhileWhatItRefersToLives) {
    {
        platform::Loop io;
        Owner owner{io.get_executor()};
        const auto wait = [&]() -> awaitable<void> {
            const Guard guard{seen};
            co_await platform::expiry(owner.timer);
        };
        net::co_spawn(io, wait, rethrow);
        net::post(io, [] { throw std::runtime_error("broken"); });
        EXPECT_THROW(io.run(), std::runtime_error);
        EXPECT_EQ(seen, Seen::alive);
    }
    EXPECT_EQ(seen, Seen::alive);
}

TEST_F(LoopTest, DestroysWhatWaitsForAWorkerThatIsNotDone) {
    std::atomic<bool> ended{false};
    {
        platform::Loop io;
        Owner owner{io.get_executor()};
        platform::Worker worker{"worker"};
        const auto wait = [&]() -> awaitable<void> {
            const Guard guard{seen};
            auto work = [&ended, &io](std::stop_token stop) {
                net::post(io, [] { throw std::runtime_error("broken"); });
                while (!stop.stop_requested()) std::this_thread::yield();
                ended = true;
            };
            co_await platform::run_blocking(worker, std::move(work));
        };
        net::co_spawn(io, wait, rethrow);
        EXPECT_THROW(io.run(), std::runtime_error);
        EXPECT_EQ(seen, Seen::alive);
        EXPECT_FALSE(ended);
    }
    EXPECT_TRUE(ended);
}

TEST_F(LoopTest, DoesSoWhereItIsStopped) {
    platform::Loop io;
    Owner owner{io.get_executor()};
    const auto wait = [&]() -> awaitable<void> {
        const Guard guard{seen};
        co_await platform::expiry(owner.timer);
    };
    net::co_spawn(io, wait, rethrow);
    net::post(io, [&io] { io.stop(); });
    io.run();
    EXPECT_EQ(seen, Seen::alive);
}

}  // namespace
