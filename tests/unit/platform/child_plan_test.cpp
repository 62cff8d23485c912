// What a child is given before it becomes its program, and what it tells when it cannot.
#include "platform/process/child_plan.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "platform/process/pipe.hpp"

namespace platform {
namespace {

constexpr int null_of_test = 50;

ProcessOptions options_of_child() {
    ProcessOptions options;
    options.arguments = {"tool", "a", "b"};
    options.environment = {"X=1"};
    return options;
}

TEST(ChildPlan, EndsItsListsAsExecWantsThem) {
    const ProcessOptions options = options_of_child();
    const ChildPlan plan{options, "/bin/tool", null_of_test};
    ASSERT_EQ(plan.argv.size(), 4u);
    EXPECT_STREQ(plan.argv[0], "tool");
    EXPECT_STREQ(plan.argv[2], "b");
    EXPECT_EQ(plan.argv[3], nullptr);
    ASSERT_EQ(plan.envp.size(), 2u);
    EXPECT_STREQ(plan.envp[0], "X=1");
    EXPECT_EQ(plan.envp[1], nullptr);
}

TEST(ChildPlan, RunsAScriptWithoutAFirstLineByTheShell) {
    const ProcessOptions options = options_of_child();
    const ChildPlan plan{options, "/bin/tool", null_of_test};
    ASSERT_EQ(plan.shell_argv.size(), 5u);
    EXPECT_STREQ(plan.shell_argv[0], "/bin/sh");
    EXPECT_STREQ(plan.shell_argv[1], "/bin/tool") << "the file, not the name that people see";
    EXPECT_STREQ(plan.shell_argv[2], "a");
    EXPECT_EQ(plan.shell_argv[4], nullptr);
}

TEST(ChildPlan, GivesNullForStandardDescriptorsThatAreNotPassed) {
    ProcessOptions options = options_of_child();
    options.descriptors = {{1, 7}, {3, 8}};
    const ChildPlan plan{options, "/bin/tool", null_of_test};
    const auto ours = [&plan](int child) {
        for (const PassedFd& fd : plan.descriptors) {
            if (fd.child == child) return fd.ours;
        }
        return -1;
    };
    EXPECT_EQ(plan.descriptors.size(), 4u);
    EXPECT_EQ(ours(0), null_of_test);
    EXPECT_EQ(ours(1), 7);
    EXPECT_EQ(ours(2), null_of_test);
    EXPECT_EQ(ours(3), 8);
}

TEST(ChildFailure, IsTheErrorOfTheStepThatFailed) {
    ProcessOptions options = options_of_child();
    options.folder = "/no/such/folder";
    auto report = make_pipe();
    ASSERT_TRUE(report);
    ChildPlan plan{options, "/bin/true", STDIN_FILENO};
    plan.report = report->write.get();
    const pid_t child = fork_child(plan);
    ASSERT_GT(child, 0);
    report->write.reset();
    const ChildFailure failed = read_failure(report->read.get());
    EXPECT_EQ(failed.error, ENOENT);
    EXPECT_FALSE(failed.enclosure);
    EXPECT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST(ChildFailure, IsNoneWhereTheChildBecameItsProgram) {
    const ProcessOptions options = options_of_child();
    auto report = make_pipe();
    ASSERT_TRUE(report);
    ChildPlan plan{options, "/bin/true", STDIN_FILENO};
    plan.report = report->write.get();
    const pid_t child = fork_child(plan);
    ASSERT_GT(child, 0);
    report->write.reset();
    EXPECT_EQ(read_failure(report->read.get()).error, 0);
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace platform
