#include "agent/daemon/requests.hpp"

#include <sys/stat.h>

#include "tests/unit/daemon/whole.hpp"

namespace agent::daemon {
namespace {

class RequestsTest : public parts::Whole, ReloadListener {
  protected:
    credentials::Lock lock() {
        auto taken = credentials::Lock::try_take(store.agent_lock_file());
        EXPECT_TRUE(taken);
        return std::move(*taken);
    }
    Requests& make() {
        requests.emplace(RequestsNeeds{.executor = io.get_executor(),
                                       .network = network,
                                       .files = files,
                                       .config = config,
                                       .store = store,
                                       .tokens = tokens,
                                       .state = state,
                                       .reporter = reporter,
                                       .unpairing = device.unpairing(),
                                       .pausing = pausing,
                                       .reloads = *this},
                         config::ConfigInput{});
        return *requests;
    }
    void on_trust() override {}

    /// The agent's lock is free.
    bool released() const { return credentials::Lock::try_take(store.agent_lock_file()).has_value(); }

    std::optional<Requests> requests;
};

TEST_F(RequestsTest, TheLockSaysWhereTheSocketIs) {
    ASSERT_TRUE(make().open(lock()));
    state.show("starting");
    start([this] { return requests->run(); });
    EXPECT_TRUE(std::filesystem::is_socket(config.paths.control_socket()));
    const auto holder = credentials::Lock::holder(store.agent_lock_file());
    ASSERT_TRUE(holder);
    EXPECT_EQ(holder->socket, config.paths.control_socket());
    requests->end();
    EXPECT_TRUE(until([this] { return ended == 1; }));
}

TEST_F(RequestsTest, NobodyIsToldThatThereIsNoCredentialBeforeTheStoreWasRead) {
    ASSERT_TRUE(make().open(lock()));
    start([this] { return requests->run(); });
    const auto before = credentials::Lock::holder(store.agent_lock_file());
    EXPECT_TRUE(!before || before->socket.empty()) << "who asks is not led to a socket that does not answer yet";
    state.show("starting");
    settle();
    const auto holder = credentials::Lock::holder(store.agent_lock_file());
    ASSERT_TRUE(holder);
    EXPECT_EQ(holder->socket, config.paths.control_socket());
    requests->end();
    EXPECT_TRUE(until([this] { return ended == 1; }));
}

TEST_F(RequestsTest, AStopBeforeThatEndsThemToo) {
    ASSERT_TRUE(make().open(lock()));
    start([this] { return requests->run(); });
    state.stop();
    settle();
    EXPECT_EQ(ended, 1);
}

TEST_F(RequestsTest, TheLockIsHeldUntilTheSocketIsGone) {
    ASSERT_TRUE(make().open(lock()));
    EXPECT_FALSE(released());
    requests.reset();
    EXPECT_FALSE(std::filesystem::exists(config.paths.control_socket()));
    EXPECT_TRUE(released());
}

TEST_F(RequestsTest, WhereOthersMayWriteNobodyAnswers) {
    std::filesystem::create_directories(config.paths.runtime);
    ::chmod(config.paths.runtime.c_str(), 0777);
    EXPECT_FALSE(make().open(lock()));
}

TEST_F(RequestsTest, WithoutASocketTheAgentGoesOn) {
    home.put("runtime", "a file in the folder's place");
    EXPECT_TRUE(make().open(lock()));
    state.show("starting");
    start([this] { return requests->run(); });
    EXPECT_FALSE(released());
    requests->end();
    EXPECT_TRUE(until([this] { return ended == 1; }));
}

}  // namespace
}  // namespace agent::daemon
