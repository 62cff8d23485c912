// The memory of large messages: kept for the next ones, given back when a period did not use it.
#include "platform/spare_buffers.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace platform {
namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

ByteBuffer buffer_of(std::size_t bytes) {
    ByteBuffer buffer;
    buffer.reserve(bytes);
    return buffer;
}

TEST(SpareBuffers, ServeTheNextMessageOfThatSize) {
    SpareBuffers spares;
    ByteBuffer first = spares.take(8 * mib);
    first.append("something");
    const char* const place = first.data();
    spares.put(std::move(first));
    EXPECT_EQ(spares.bytes(), 8 * mib);
    const ByteBuffer second = spares.take(8 * mib - 1000);
    EXPECT_EQ(second.data(), place);
    EXPECT_TRUE(second.empty());
    EXPECT_EQ(spares.bytes(), 0U);
}

TEST(SpareBuffers, AMuchSmallerMessageGetsMemoryOfItsOwn) {
    SpareBuffers spares;
    spares.put(buffer_of(8 * mib));
    EXPECT_LT(spares.take(mib).capacity(), 2 * mib);
    EXPECT_EQ(spares.bytes(), 8 * mib);
}

TEST(SpareBuffers, TheSmallestThatFitsServes) {
    SpareBuffers spares;
    for (const std::size_t size : {3 * mib, 2 * mib, 4 * mib}) spares.put(buffer_of(size));
    EXPECT_EQ(spares.take(2 * mib).capacity(), 2 * mib);
    EXPECT_EQ(spares.take(2 * mib).capacity(), 3 * mib);
}

TEST(SpareBuffers, KeepWhatAPeriodUsedAndGiveBackWhatItDidNot) {
    SpareBuffers spares;
    spares.put(buffer_of(mib));
    spares.put(buffer_of(8 * mib));
    EXPECT_TRUE(spares.end_period()) << "both came in this period";
    EXPECT_EQ(spares.bytes(), 9 * mib);
    spares.put(spares.take(8 * mib));
    EXPECT_TRUE(spares.end_period()) << "one served in this period";
    EXPECT_EQ(spares.bytes(), 8 * mib);
    EXPECT_FALSE(spares.end_period());
    EXPECT_EQ(spares.bytes(), 0U);
}

TEST(SpareBuffers, SayThatThereIsSomethingToGiveBackForLargeMemoryAlone) {
    int kept = 0;
    SpareBuffers spares{[&] { ++kept; }};
    spares.put(buffer_of(SpareBuffers::large));
    EXPECT_EQ(kept, 0);
    EXPECT_EQ(spares.bytes(), 0U);
    spares.put(buffer_of(SpareBuffers::large + 1));
    EXPECT_EQ(kept, 1);
}

TEST(SpareBuffers, AreBounded) {
    SpareBuffers spares;
    spares.put(buffer_of(SpareBuffers::most));
    spares.put(buffer_of(mib));
    EXPECT_EQ(spares.bytes(), SpareBuffers::most);
}

TEST(SpareBuffers, MakeRoomAndKeepWhatIsThere) {
    SpareBuffers spares;
    ByteBuffer buffer = buffer_of(100);
    buffer.append("in front");
    spares.make_room(buffer, 50);
    EXPECT_EQ(buffer.capacity(), 100U) << "small memory grows by itself";
    spares.make_room(buffer, mib);
    EXPECT_GE(buffer.capacity(), mib + 8);
    EXPECT_EQ(buffer.view(), "in front");
}

TEST(SpareBuffers, AreThereAgainWhenTheLastHolderHasGone) {
    const auto spares = std::make_shared<SpareBuffers>();
    auto one = SpareBuffers::share(spares, buffer_of(mib));
    auto other = one;
    one.reset();
    EXPECT_EQ(spares->bytes(), 0U);
    other.reset();
    EXPECT_EQ(spares->bytes(), mib);
}

TEST(SpareBuffers, MayGoBeforeTheHolderDoes) {
    auto spares = std::make_shared<SpareBuffers>();
    ByteBuffer buffer = buffer_of(mib);
    buffer.append("still there");
    const auto held = SpareBuffers::share(spares, std::move(buffer));
    spares.reset();
    EXPECT_EQ(held->view(), "still there");
}

}  // namespace
}  // namespace platform
