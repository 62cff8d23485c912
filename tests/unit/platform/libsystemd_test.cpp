#ifdef __linux__
#include "platform/linux/libsystemd.hpp"

#include <gtest/gtest.h>

namespace {

TEST(Systemd, TheLibraryOfThisSystemHasAllThatWeCall) {
    const auto& library = platform::libsystemd::library();
    EXPECT_NE(library.notify, nullptr);
    EXPECT_NE(library.watchdog_enabled, nullptr);
    EXPECT_NE(library.journal_sendv, nullptr);
}

TEST(Systemd, WhereThereIsNoLibraryThereAreNoFunctions) {
    const auto library = platform::libsystemd::load("libsystemd-of-no-system.so.0");
    EXPECT_EQ(library.notify, nullptr);
    EXPECT_EQ(library.watchdog_enabled, nullptr);
    EXPECT_EQ(library.journal_sendv, nullptr);
}

}  // namespace
#endif
