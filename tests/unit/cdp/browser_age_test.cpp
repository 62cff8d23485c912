// When a launched browser is due to be started anew. The process that is looked at is the test itself.
#include "cdp/browser_age.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cdp {
namespace {

using namespace std::chrono_literals;

struct BrowserAgeTest : testing::Test {
    BrowserAge age(pid_t pid = ::getpid()) const { return {settings, pid, started}; }

    Settings settings;
    TimePoint started{1h};
};

TEST_F(BrowserAgeTest, MattersOnlyWhereTheOwnerWantsIt) {
    EXPECT_FALSE(BrowserAge::matters(settings));
    EXPECT_FALSE(age().restart_due(started + 1000h));
    settings.restart_after = 1h;
    EXPECT_TRUE(BrowserAge::matters(settings));
    settings = {};
    settings.restart_above_bytes = 1;
    EXPECT_TRUE(BrowserAge::matters(settings));
    settings = {};
    settings.restart_when_updated = true;
    EXPECT_TRUE(BrowserAge::matters(settings));
}

TEST_F(BrowserAgeTest, IsCountedFromTheStart) {
    settings.restart_after = 1h;
    EXPECT_FALSE(age().restart_due(started + 1h - 1ms));
    EXPECT_TRUE(age().restart_due(started + 1h));
}

TEST_F(BrowserAgeTest, LooksAtTheMemoryOfTheWholeGroup) {
    settings.restart_above_bytes = 1;
    EXPECT_TRUE(age(::getpgrp()).restart_due(started));
    settings.restart_above_bytes = std::size_t{1} << 50;
    EXPECT_FALSE(age(::getpgrp()).restart_due(started));
}

TEST_F(BrowserAgeTest, TakesARunningBinaryForUpdatedOnlyOnceItWasNoted) {
    settings.restart_when_updated = true;
    BrowserAge same = age();
    EXPECT_FALSE(same.restart_due(started)) << "nothing is known of it yet";
    same.note_binary();
    EXPECT_FALSE(same.restart_due(started)) << "it is the one that was noted";
    BrowserAge unknown = age(0);
    unknown.note_binary();
    EXPECT_FALSE(unknown.restart_due(started)) << "there is no such process";
}

}  // namespace
}  // namespace cdp
