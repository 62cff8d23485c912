// Which agent a one-shot command speaks to.
#include "agent/control/running_agent.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "agent/control/control.hpp"
#include "platform/unique_fd.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using control::running::find;
using control::running::Need;
using ::testing::HasSubstr;

struct RunningAgentTest : ::testing::Test {
    RunningAgentTest() {
        ::unsetenv("BMC_AGENT_SOCKET");
        ::unsetenv("STATE_DIRECTORY");
        config.paths.state = folder / "state";
        config.paths.runtime = folder / "run";
        std::filesystem::create_directory(folder / "run");
    }
    ~RunningAgentTest() override { ::unsetenv("BMC_AGENT_SOCKET"); }

    /// Somebody listens there.
    platform::UniqueFd listen_at(const std::filesystem::path& path) {
        platform::UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(socket.get(), SOMAXCONN), 0);
        return socket;
    }
    std::filesystem::path own() const { return config.paths.control_socket(); }

    tests::TempFolder folder;
    config::Config config;
};

TEST_F(RunningAgentTest, WithoutASocketNoneRuns) {
    for (const Need need : {Need::read, Need::change, Need::pair}) {
        const auto agent = find(config, need);
        EXPECT_EQ(agent.socket, "");
        EXPECT_EQ(agent.problem, "");
    }
    EXPECT_FALSE(control::running::pid_of(own()));
}

TEST_F(RunningAgentTest, ASocketThatNobodyListensAtIsNone) {
    listen_at(own()).reset();
    ASSERT_TRUE(std::filesystem::exists(own()));
    EXPECT_EQ(find(config, Need::read).socket, "");
    folder.put("run/other", "no socket");
    EXPECT_FALSE(control::running::pid_of(folder / "run/other"));
}

TEST_F(RunningAgentTest, ItsOwnUserMayAskAndChange) {
    const auto agent = listen_at(own());
    for (const Need need : {Need::read, Need::change, Need::pair}) {
        const auto found = find(config, need);
        EXPECT_EQ(found.socket, own());
        EXPECT_EQ(found.problem, "");
    }
    EXPECT_EQ(control::running::pid_of(own()), ::getpid());
}

TEST_F(RunningAgentTest, TheOneThatIsNamedByTheEnvironmentIsMeant) {
    const auto mine = listen_at(own());
    const auto named = listen_at(folder / "other.sock");
    ::setenv("BMC_AGENT_SOCKET", (folder / "other.sock").c_str(), 1);
    EXPECT_EQ(find(config, Need::read).socket, folder / "other.sock");
    ::setenv("BMC_AGENT_SOCKET", "relative.sock", 1);
    EXPECT_EQ(find(config, Need::read).socket, own());
}

TEST_F(RunningAgentTest, AUserWithoutAnAgentMeansTheMachinesService) {
    config.paths.system_socket = folder / "system.sock";
    EXPECT_EQ(find(config, Need::read).socket, "");
    const auto service = listen_at(config.paths.system_socket);
    EXPECT_EQ(find(config, Need::read).socket, config.paths.system_socket);
    std::filesystem::create_directory(config.paths.state);
    EXPECT_EQ(find(config, Need::read).socket, "") << "this user has an agent, which does not run";
    EXPECT_EQ(find(config, Need::change).socket, config.paths.system_socket);
    const auto mine = listen_at(own());
    EXPECT_EQ(find(config, Need::change).socket, own());
}

TEST_F(RunningAgentTest, ASocketOfAnotherUserIsExplained) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may open every socket";
    const auto agent = listen_at(own());
    ASSERT_EQ(::chmod(own().c_str(), 0), 0);
    auto found = find(config, Need::read);
    EXPECT_EQ(found.socket, "");
    EXPECT_THAT(found.problem, HasSubstr(own().string() + ": Permission denied: this agent belongs to another user"));
    EXPECT_EQ(found.remedy, "run the command with sudo");
    config.paths.system_socket = own();
    config.paths.runtime = folder / "none";
    found = find(config, Need::change);
    EXPECT_THAT(found.problem, HasSubstr("add sudo, or --user for an agent of your own"));
}

TEST_F(RunningAgentTest, APathThatIsTooLongForASocketIsNone) {
    config.paths.runtime = folder / std::string(200, 'r');
    EXPECT_EQ(find(config, Need::read).socket, "");
    EXPECT_EQ(find(config, Need::read).problem, "");
}

TEST_F(RunningAgentTest, OnlyRootBecomesAnotherUser) {
    EXPECT_FALSE(control::running::become_owner_of(folder / "none"));
    if (::geteuid() != 0) {
        EXPECT_FALSE(control::running::become_owner_of("/"));
    }
}

}  // namespace
