// The timer behind the memory of large messages.
#include "platform/kept_memory.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <utility>

namespace platform {
namespace {

struct KeptMemoryTest : testing::Test {
    void use() { user->spares()->put(user->spares()->take(std::size_t{8} << 20)); }

    boost::asio::io_context io;
    std::optional<KeptMemory::User> user{io.get_executor()};
    KeptMemory& kept = KeptMemory::of(io.get_executor());
};

TEST_F(KeptMemoryTest, IsKeptForAPeriodAndGivenBackWithinTwoThenNothingWakesTheLoop) {
    const auto begun = BootClock::now();
    use();
    io.run_one();
    EXPECT_GE(BootClock::now() - begun, KeptMemory::period);
    EXPECT_GT(kept.bytes(), 0U) << "used in the period that ended";
    io.run();  // returns when no timer is left
    EXPECT_EQ(kept.bytes(), 0U);
    EXPECT_GE(BootClock::now() - begun, 2 * KeptMemory::period);
    EXPECT_LT(BootClock::now() - begun, 3 * KeptMemory::period);
}

TEST_F(KeptMemoryTest, NothingIsArmedWhileNothingIsKept) {
    EXPECT_EQ(io.run(), 0U);
}

TEST_F(KeptMemoryTest, GoesWithItsLastUser) {
    std::optional<KeptMemory::User> other{io.get_executor()};
    use();
    user.reset();
    EXPECT_GT(kept.bytes(), 0U);
    other.reset();
    EXPECT_EQ(kept.bytes(), 0U);
    const auto begun = BootClock::now();
    io.run();
    EXPECT_LT(BootClock::now() - begun, KeptMemory::period);
}

TEST_F(KeptMemoryTest, AMessageThatIsHeldLongerThanItsUsersIsFreed) {
    auto held = SpareBuffers::share(user->spares(), user->spares()->take(std::size_t{8} << 20));
    user.reset();
    held.reset();
    EXPECT_EQ(io.run(), 0U);
    EXPECT_EQ(kept.bytes(), 0U) << "nobody would give it back";
}

}  // namespace
}  // namespace platform
