#include "agent/daemon/core/signal_meaning.hpp"

#include <gtest/gtest.h>

namespace agent::daemon {
namespace {

TEST(StopSignals, TheFirstAsksAndTheSecondInsists) {
    for (const int first : {SIGINT, SIGTERM, SIGHUP}) {
        for (const int second : {SIGINT, SIGTERM, SIGHUP}) {
            StopSignals signals;
            EXPECT_EQ(signals.on(first, false), SignalMeaning::stop);
            EXPECT_EQ(signals.on(second, false), SignalMeaning::kill);
        }
    }
}

TEST(StopSignals, AServiceManagersHangUpIsAReloadAndNoStop) {
    StopSignals signals;
    EXPECT_EQ(signals.on(SIGHUP, true), SignalMeaning::reload);
    EXPECT_EQ(signals.on(SIGHUP, true), SignalMeaning::reload);
    EXPECT_EQ(signals.on(SIGTERM, true), SignalMeaning::stop);
    EXPECT_EQ(signals.on(SIGHUP, true), SignalMeaning::reload);
    EXPECT_EQ(signals.on(SIGINT, true), SignalMeaning::kill);
}

TEST(StopSignals, HaveTheirNames) {
    EXPECT_EQ(name_of_signal(SIGINT), "SIGINT");
    EXPECT_EQ(name_of_signal(SIGTERM), "SIGTERM");
    EXPECT_EQ(name_of_signal(SIGHUP), "SIGHUP");
}

}  // namespace
}  // namespace agent::daemon
