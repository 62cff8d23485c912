#include "agent/daemon/core/ignored_events.hpp"

#include <gtest/gtest.h>

namespace agent::daemon {
namespace {

TEST(IgnoredEvents, EachNameIsToldOnce) {
    IgnoredEvents ignored;
    EXPECT_TRUE(ignored.take("one"));
    EXPECT_FALSE(ignored.take("one"));
    EXPECT_TRUE(ignored.take("two"));
    EXPECT_TRUE(ignored.take(""));
    EXPECT_EQ(ignored.count(), 4u);
}

TEST(IgnoredEvents, NamesThatAreMadeUpOnAndOnAreCountedAlone) {
    IgnoredEvents ignored;
    std::size_t told = 0;
    for (int i = 0; i < 1000; ++i) told += ignored.take("name-" + std::to_string(i)) ? 1 : 0;
    EXPECT_EQ(told, told_event_names);
    EXPECT_EQ(ignored.count(), 1000u);
    EXPECT_FALSE(ignored.take("name-0"));
    EXPECT_FALSE(ignored.take("name-999"));
}

}  // namespace
}  // namespace agent::daemon
