// --exec before its command runs; tests/loop/cli/step_test.py has the command itself.
#include "agent/daemon/exec.hpp"

#include <csignal>

#include "platform/log/log.hpp"
#include "tests/unit/daemon/parts.hpp"

namespace agent::daemon {
namespace {

using namespace std::chrono_literals;
using parts::status_of;
using realtime::Cause;
using realtime::State;

class ExecTest : public parts::Parts, public StepOwner {
  protected:
    void stop() override {
        ++stopped;
        state.stop();
    }
    Exec& make(Duration join_timeout = 1h, std::vector<std::string> command = {"/bin/false"}) {
        exec.emplace(io.get_executor(),
                     ExecSettings{.command = std::move(command),
                                  .join_timeout = join_timeout,
                                  .command_ran = [this] { ++ran; },
                                  .control_socket = "/run/control.sock"},
                     tokens, state, *this);
        start([this] { return exec->run(); });
        return *exec;
    }
    void link(State now, std::string reason = {}, Cause cause = Cause::passing) {
        status = status_of(now, std::move(reason), cause);
        state.begin(status);
        state.take(status);
        settle();
    }

    realtime::Status status;
    std::optional<Exec> exec;
    int stopped = 0;
    int ran = 0;
};

TEST_F(ExecTest, WithoutACommandNothingHappens) {
    make(0s, {});
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(stopped, 0);
    EXPECT_FALSE(exec->signal(SIGTERM));
    EXPECT_EQ(exec->code(), 0);
}

TEST_F(ExecTest, WaitsForTheJoin) {
    make();
    link(State::connecting);
    link(State::waiting, "no network");
    link(State::joining);
    EXPECT_EQ(ended, 0);
    EXPECT_FALSE(exec->running());
}

TEST_F(ExecTest, WithoutACredentialAnyMoreItIsNotJoined) {
    make(1h, {"/nowhere/to/be/found"});
    link(State::joined);  // and unpaired in the same moment
    EXPECT_EQ(ended, 0);
    EXPECT_EQ(ran, 0);
    link(State::waiting, "unpaired");
    use_outside();
    EXPECT_EQ(ended, 0);
    link(State::joined);
    EXPECT_TRUE(until([this] { return ended == 1; }));
    EXPECT_EQ(exec->code(), 127);
}

TEST_F(ExecTest, WithoutACredentialAnyMoreTheTimeGoesOn) {
    make(20ms);
    link(State::joined);
    EXPECT_TRUE(until([this] { return ended == 1; }));
    EXPECT_EQ(exec->code(), static_cast<int>(control::Exit::join_timeout));
}

TEST_F(ExecTest, GivesUpWhenTheTimeIsOver) {
    make(20ms);
    EXPECT_TRUE(until([this] { return ended == 1; }));
    EXPECT_EQ(exec->code(), static_cast<int>(control::Exit::join_timeout));
    EXPECT_EQ(stopped, 1);
    EXPECT_EQ(ran, 0);
}

struct Refusal {
    Cause cause;
    control::Exit code;
};
class ExecRefusedTest : public ExecTest, public testing::WithParamInterface<Refusal> {};

TEST_P(ExecRefusedTest, GivesUpAtOnceWhereTimeAloneDoesNotHelp) {
    make();
    link(State::waiting, "refused for a test", GetParam().cause);
    EXPECT_EQ(stopped, 1);
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(exec->code(), static_cast<int>(GetParam().code));
    EXPECT_NE(platform::log::last_error().find("refused for a test"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Causes, ExecRefusedTest,
                         testing::Values(Refusal{Cause::credential, control::Exit::refused},
                                         Refusal{Cause::settings, control::Exit::bad_configuration},
                                         Refusal{Cause::others, control::Exit::unavailable}));

TEST_F(ExecTest, WhatPassesIsWaitedFor) {
    make();
    link(State::waiting, "no network", Cause::passing);
    link(State::connecting, "refused before", Cause::credential);
    EXPECT_EQ(stopped, 0) << "it is being tried with another token";
}

TEST_F(ExecTest, ASignalBeforeTheCommandBeganIsNoPass) {
    make();
    EXPECT_FALSE(exec->signal(SIGTERM)) << "there is nothing to pass it on to";
    state.stop();
    settle();
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(exec->code(), 128 + SIGTERM);
    EXPECT_EQ(stopped, 0);
}

TEST_F(ExecTest, ASignalAfterItGaveUpLeavesItsCode) {
    make(0s);
    EXPECT_TRUE(until([this] { return ended == 1; }));
    EXPECT_FALSE(exec->signal(SIGTERM));
    EXPECT_EQ(exec->code(), static_cast<int>(control::Exit::join_timeout));
}

TEST_F(ExecTest, ACommandThatIsNotThereHasTheShellsCodeAndPrintedNothing) {
    use_outside();
    make(1h, {"/nowhere/to/be/found"});
    link(State::joined);
    EXPECT_TRUE(until([this] { return ended == 1; }));
    EXPECT_EQ(exec->code(), 127);
    EXPECT_EQ(ran, 0);
    EXPECT_EQ(stopped, 1);
}

}  // namespace
}  // namespace agent::daemon
