#include "agent/daemon/upgrade_restart.hpp"

#include <csignal>

#include "tests/support/notify_socket.hpp"
#include "tests/unit/daemon/parts.hpp"

namespace agent::daemon {
namespace {

using namespace std::chrono_literals;

class Used final : public Restartable {
  public:
    void on_restart_asked() override { ++asked; }
    std::optional<Use> use() const override { return now; }
    void stop() override { ++stopped; }

    std::optional<Use> now = Use{};
    int asked = 0;
    int stopped = 0;
};

class UpgradeRestartTest : public parts::Parts {
  protected:
    UpgradeRestartTest() {
        settings.grace = 10min;
        settings.quiet = 0s;
        start([this] { return restart.run(); });
    }
    void ask() {
        std::raise(SIGUSR2);
        until([this] { return agent.asked > 0; }, 300ms);
    }

    config::UpgradeSettings settings;
    Used agent;
    UpgradeRestart restart{io.get_executor(), settings, state, agent};
};

TEST_F(UpgradeRestartTest, WithoutAServiceManagerTheAgentGoesOn) {
    ask();
    EXPECT_EQ(agent.asked, 0);
    EXPECT_EQ(agent.stopped, 0);
    EXPECT_EQ(ended, 0) << "the next signal may be of another one";
}

TEST_F(UpgradeRestartTest, StopsAtOnceWhenNobodyUsesIt) {
    const tests::NotifySocket manager;
    ask();
    EXPECT_TRUE(until([this] { return agent.stopped == 1; }));
    EXPECT_EQ(agent.asked, 1);
    EXPECT_EQ(ended, 1);
}

TEST_F(UpgradeRestartTest, StopsAtTheGateWhateverTheQuietTime) {
    const tests::NotifySocket manager;
    settings.quiet = 10min;
    agent.now.reset();
    ask();
    EXPECT_TRUE(until([this] { return agent.stopped == 1; }));
}

TEST_F(UpgradeRestartTest, WaitsWhileItIsUsedAndStopsAfterwards) {
    const tests::NotifySocket manager;
    agent.now = Use{.busy = true};
    ask();
    ASSERT_EQ(agent.asked, 1);
    EXPECT_FALSE(until([this] { return agent.stopped > 0; }, 250ms));
    agent.now = Use{.busy = false};
    EXPECT_TRUE(until([this] { return agent.stopped == 1; }));
}

TEST_F(UpgradeRestartTest, StopsAtTheEndOfTheGraceHoweverItIsUsed) {
    const tests::NotifySocket manager;
    settings.grace = 150ms;
    agent.now = Use{.busy = true};
    ask();
    EXPECT_EQ(agent.stopped, 0);
    EXPECT_TRUE(until([this] { return agent.stopped == 1; }));
}

TEST_F(UpgradeRestartTest, AStopMeanwhileIsNotAskedForAgain) {
    const tests::NotifySocket manager;
    agent.now = Use{.busy = true};
    ask();
    state.stop();
    restart.end();
    EXPECT_TRUE(until([this] { return ended == 1; }));
    EXPECT_EQ(agent.stopped, 0);
}

TEST_F(UpgradeRestartTest, EndsWithoutASignal) {
    state.stop();
    restart.end();
    EXPECT_TRUE(until([this] { return ended == 1; }));
}

}  // namespace
}  // namespace agent::daemon
