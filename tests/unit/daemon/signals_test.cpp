#include "agent/daemon/signals.hpp"

#include <unistd.h>

#include "platform/log/log.hpp"
#include "tests/support/notify_socket.hpp"
#include "tests/unit/daemon/parts.hpp"

namespace agent::daemon {
namespace {

using platform::log::Level;

class SignalsTest : public parts::Parts, public SignalTarget {
  protected:
    explicit SignalsTest(bool step = false) : is_step{step} {
        start([this] { return signals.follow_stops(); });
        start([this] { return signals.follow_log_level(); });
    }
    ~SignalsTest() override { platform::log::set_level(Level::info); }
    void on_reload_signal() override { ++reloads; }
    void on_stop_signal(int number) override { stops.push_back(number); }
    void on_kill_signal(int number) override { killed = number; }

    bool raise_until(int number, const std::function<bool()>& done) {
        std::raise(number);
        return until(done);
    }

    config::LogSettings log;
    const bool is_step;
    Signals signals{io.get_executor(), log, is_step, *this};
    int reloads = 0;
    int killed = 0;
    std::vector<int> stops;
};

TEST_F(SignalsTest, TheFirstStops) {
    EXPECT_TRUE(raise_until(SIGTERM, [this] { return !stops.empty(); }));
    EXPECT_EQ(stops, std::vector<int>{SIGTERM});
    EXPECT_EQ(reloads + killed, 0);
}

class SignalsOfAStep : public SignalsTest {
  protected:
    SignalsOfAStep() : SignalsTest{true} {}
};

TEST_F(SignalsOfAStep, AHangUpStopsWithoutAServiceManager) {
    EXPECT_TRUE(raise_until(SIGHUP, [this] { return !stops.empty(); }));
    EXPECT_EQ(stops, std::vector<int>{SIGHUP});
    EXPECT_EQ(reloads, 0);
}

TEST_F(SignalsTest, AHangUpReloadsUnderOne) {
    const tests::NotifySocket manager;
    EXPECT_TRUE(raise_until(SIGHUP, [this] { return reloads == 1; }));
    EXPECT_TRUE(raise_until(SIGHUP, [this] { return reloads == 2; }));
    EXPECT_TRUE(stops.empty());
}

TEST_F(SignalsTest, TheLogGoesUpAndBackToWhatIsSet) {
    log.level = Level::warning;
    platform::log::set_level(Level::warning);
    EXPECT_TRUE(raise_until(SIGUSR1, [] { return platform::log::level() == Level::debug; }));
    log.level = Level::error;  // as a reload sets it meanwhile
    EXPECT_TRUE(raise_until(SIGUSR1, [] { return platform::log::level() == Level::error; }));
}

TEST_F(SignalsTest, EndsWhenItIsTold) {
    signals.end();
    EXPECT_TRUE(until([this] { return ended == 2; }));
}

using SignalsDeathTest = SignalsTest;

// As runit, s6 and `docker kill -s HUP` ask for it.
TEST_F(SignalsDeathTest, AHangUpReloadsWhereNoTerminalIs) {
    EXPECT_EXIT(
        {
            ::setsid();
            raise_until(SIGHUP, [this] { return reloads == 1; });
            std::_Exit(stops.empty() ? reloads : 100);
        },
        testing::ExitedWithCode(1), "");
}

TEST_F(SignalsDeathTest, TheSecondEndsTheProcess) {
    EXPECT_EXIT(
        {
            raise_until(SIGINT, [this] { return !stops.empty(); });
            raise_until(SIGTERM, [] { return false; });
        },
        testing::ExitedWithCode(128 + SIGTERM), "");
}

}  // namespace
}  // namespace agent::daemon
