// The children of these tests: what one wrote is there once it has ended.

#include "tests/support/child.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace {

using support::Child;

TEST(ChildOfATest, HasItsWholeOutputOnceItHasEnded) {
    net::io_context io;
    constexpr std::size_t written = 60'000;  // less than a pipe holds, and several reads
    for (int i = 0; i < 20; ++i) {
        Child child{io, {.arguments = {"/bin/sh", "-c", "head -c 60000 /dev/zero | tr '\\0' x"}}};
        siginfo_t ended{};
        ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child.pid()), &ended, WEXITED | WNOWAIT), 0);
        ASSERT_TRUE(child.wait());
        ASSERT_EQ(child.output().size(), written) << "at try " << i;
    }
}

}  // namespace
