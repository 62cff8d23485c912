#include <errno.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "platform/process/process.hpp"

namespace platform {
namespace {

TEST(ExitStatus, says_how_it_ended) {
    EXPECT_EQ((ExitStatus{false, 21}).describe(), "exit status 21");
    EXPECT_EQ((ExitStatus{true, 9}).describe(), "signal 9 (Killed)");
    EXPECT_TRUE((ExitStatus{false, 0}).success());
    EXPECT_FALSE((ExitStatus{true, 0}).success());
}

TEST(PickEnvironment, takes_names_and_prefixes_only) {
    ::setenv("BMC_PICK_ONE", "1=2", 1);
    ::setenv("BMC_PICKED_NOT", "x", 1);
    ::setenv("BMC_PREFIX_A", "a", 1);
    const auto picked = pick_environment({"BMC_PICK_ONE", "BMC_PREFIX_*", "BMC_NOT_THERE"});
    EXPECT_EQ(picked.size(), 2U);
    EXPECT_NE(std::find(picked.begin(), picked.end(), "BMC_PICK_ONE=1=2"), picked.end());
    EXPECT_NE(std::find(picked.begin(), picked.end(), "BMC_PREFIX_A=a"), picked.end());
}

TEST(ProcessStartTime, names_us_and_nobody_else) {
    const auto ours = process_start_time(::getpid());
    ASSERT_TRUE(ours);
    EXPECT_EQ(*ours, *process_start_time(::getpid()));
    EXPECT_FALSE(process_start_time(0x3fffffff));
}

TEST(FindProcesses, finds_us_by_our_own_command_line) {
    const auto found =
        find_processes([](std::string_view argument) { return argument == std::string_view{program_invocation_name}; });
    EXPECT_NE(std::find(found.begin(), found.end(), ::getpid()), found.end());
}

}  // namespace
}  // namespace platform
