// The contract's rules of hooks (section 2), each held against a real program.
#include "agent/hooks/hooks.hpp"

#include "agent/hooks/words.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>

#include "platform/clock.hpp"
#include "platform/file.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace std::chrono_literals;
using hooks::HookEvent;
using hooks::Hooks;
using platform::BootClock;

constexpr Duration patience = 20s;

class HooksTest : public testing::Test {
  protected:
    tests::TempFolder home;
    net::io_context io{1};
    hooks::HookSettings settings;
    Hooks hooks{io.get_executor(), settings};
    bool over = false;

    void SetUp() override {
        std::signal(SIGPIPE, SIG_IGN);  // as main() does
        auto work = [this]() -> awaitable<void> {
            co_await hooks.run();
            over = true;
        };
        net::co_spawn(io, std::move(work), rethrow);
    }
    void TearDown() override {
        hooks.stop();
        EXPECT_TRUE(until([this] { return over; })) << "run() must return after stop()";
        // What a hook leaves in the background is its owner's to end.
        std::istringstream left(file("left"));
        for (pid_t pid = 0; left >> pid;) ::kill(pid, SIGKILL);
    }

    /// Runs the loop until something holds that nobody tells.
    bool until(const std::function<bool()>& done) {
        const auto end = BootClock::now() + patience;
        while (!done() && BootClock::now() < end) io.run_for(5ms);
        return done();
    }
    std::string script(const std::string& name, const std::string& text) {
        home.put(name, "#!/bin/sh\n" + text);
        EXPECT_EQ(::chmod((home / name).c_str(), 0755), 0);
        return (home / name).string();
    }
    std::string file(const std::string& name) const {
        std::ifstream in(home / name);
        std::ostringstream out;
        out << in.rdbuf();
        return out.str();
    }
    bool there(const std::string& name) const { return std::filesystem::exists(home / name); }
    std::string path(const std::string& name) const { return (home / name).string(); }
    void set(HookEvent event, std::vector<std::string> command) {
        settings.commands[static_cast<std::size_t>(event)] = std::move(command);
    }
};

TEST_F(HooksTest, RunsAnArgumentListWithoutAShell) {
    const auto out = path("out");
    const auto program = script(
        "hook", "cat > " + out + ".in\nprintf '%s\\n' \"$@\" > " + out + ".new\nmv " + out + ".new " + out + "\n");
    set(HookEvent::vpn_on, {program, "$(touch " + path("shell") + ")", "; touch " + path("shell"), "*", "a b"});
    hooks.fire(HookEvent::vpn_on, R"({"a":"b\u001b[2J\u202e"})");
    ASSERT_TRUE(until([&] { return there("out"); }));
    EXPECT_EQ(file("out"), "$(touch " + path("shell") + ")\n; touch " + path("shell") + "\n*\na b\n");
    EXPECT_EQ(file("out.in"), "{\"event\":\"vpn-on\",\"payload\":{\"a\":\"b[2J\"}}\n");
    EXPECT_FALSE(there("shell"));
}

TEST_F(HooksTest, AProgramOfABareNameIsLookedForInPath) {
    set(HookEvent::vpn_on, {"touch", path("touched")});
    hooks.fire(HookEvent::vpn_on);
    ASSERT_TRUE(until([&] { return there("touched"); }));
    set(HookEvent::vpn_off, {"no-such-program-of-ours"});
    hooks.fire(HookEvent::vpn_off);
    ASSERT_TRUE(until([&] { return hooks.counters().failed == 1; }));
    EXPECT_EQ(hooks.counters().started, 1U);
}

TEST_F(HooksTest, GetsACleanEnvironmentNoDescriptorsAndAGroupOfItsOwn) {
    ::setenv("BMC_AGENT_API_KEY", "secret-key", 1);
    ::setenv("NOTIFY_SOCKET", "/run/nowhere", 1);
    ::setenv("LD_PRELOAD_LIKE", "x", 1);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);  // inherited by a careless exec: no O_CLOEXEC
    const auto out = path("out");
    const auto program = script("hook",
                                "{ env; echo \"fds: $(ls /proc/self/fd | tr '\\n' ' ')\"; "
                                "echo \"group: $(ps -o pgid= -p $$ | tr -d ' ') $$\"; grep SigIgn /proc/$$/status; "
                                "echo \"two: $(readlink /proc/$$/fd/2)\"; } > " +
                                    out + ".new; mv " + out + ".new " + out + "\n");
    set(HookEvent::vpn_on, {program});
    hooks.fire(HookEvent::vpn_on);
    ASSERT_TRUE(until([&] { return there("out"); }));
    ::close(ends[0]);
    ::close(ends[1]);
    ::unsetenv("BMC_AGENT_API_KEY");
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("LD_PRELOAD_LIKE");
    const auto text = file("out");
    for (const auto* hidden : {"BMC_AGENT_API_KEY", "secret-key", "NOTIFY_SOCKET", "LD_PRELOAD_LIKE"}) {
        EXPECT_EQ(text.find(hidden), std::string::npos) << text;
    }
    EXPECT_NE(text.find("BMC_EVENT=vpn-on\n"), std::string::npos) << text;
    // 0, 1 and 2, and the one by which ls reads the folder.
    EXPECT_NE(text.find("fds: 0 1 2 3 \n"), std::string::npos) << text;
    EXPECT_NE(text.find("SigIgn:\t0000000000000000\n"), std::string::npos) << "signals are the default's: " << text;
    // Its complaints go into a pipe of its own, not into what our standard error is.
    EXPECT_NE(text.find("two: pipe:"), std::string::npos) << text;
    std::error_code ec;
    const auto mine = std::filesystem::read_symlink("/proc/self/fd/2", ec).string();
    EXPECT_EQ(text.find("two: " + mine + "\n"), std::string::npos) << text;
    std::istringstream group(text.substr(text.find("group: ") + 7));
    long leader = 0, self = 0;
    group >> leader >> self;
    EXPECT_EQ(leader, self) << text;
    EXPECT_NE(leader, static_cast<long>(::getpgrp()));
}

TEST_F(HooksTest, IsKilledWithItsChildrenAtItsLimit) {
    settings.limit = 2s;  // time enough, on a busy machine too, to start what is to be killed
    const auto program = script("hook", "sleep 1000 & echo $! > " + path("child.new") + "; mv " + path("child.new") +
                                            " " + path("child") + "; trap '' TERM INT; wait; sleep 1000\n");
    set(HookEvent::vpn_on, {program});
    hooks.fire(HookEvent::vpn_on);
    ASSERT_TRUE(until([&] { return there("child"); }));
    const auto child = static_cast<pid_t>(std::stol(file("child")));
    ASSERT_TRUE(until([&] { return hooks.counters().failed == 1; }));
    EXPECT_TRUE(until([&] {
        const auto state = platform::read_file("/proc/" + std::to_string(child) + "/stat", 4096);
        return !state || state->find(") Z ") != std::string::npos;
    })) << "what the hook started is of its group and ends with it";
}

TEST_F(HooksTest, OneOfAKindRunsAtATimeAndTheNewestWaits) {
    const auto program =
        script("hook", "cat >> " + path("log") + "\nwhile [ ! -e " + path("go") + " ]; do sleep 0.02; done\n");
    set(HookEvent::vpn_on, {program});
    set(HookEvent::vpn_off, {script("other", "touch " + path("other.ran") + "\n")});
    hooks.fire(HookEvent::vpn_on, "1");
    ASSERT_TRUE(until([&] { return there("log"); }));
    for (int i = 2; i <= 9; ++i) hooks.fire(HookEvent::vpn_on, std::to_string(i));
    hooks.fire(HookEvent::vpn_off);
    ASSERT_TRUE(until([&] { return there("other.ran"); })) << "another kind does not wait for this one";
    EXPECT_EQ(hooks.counters().started, 2U);
    EXPECT_EQ(hooks.counters().dropped, 7U) << "of eight that came while it ran all but the newest";
    home.put("go", "");
    ASSERT_TRUE(until([&] { return hooks.counters().started == 3; }));
    ASSERT_TRUE(until([&] { return file("log").find('9') != std::string::npos; }));
    EXPECT_EQ(file("log"), "{\"event\":\"vpn-on\",\"payload\":1}\n{\"event\":\"vpn-on\",\"payload\":9}\n");
}

TEST_F(HooksTest, StartsAtMostOnceASecond) {
    set(HookEvent::vpn_on, {"/bin/true"});
    const auto before_the_first = BootClock::now();
    hooks.fire(HookEvent::vpn_on);
    ASSERT_TRUE(until([&] { return hooks.counters().started == 1; }));
    hooks.fire(HookEvent::vpn_on);
    ASSERT_TRUE(until([&] { return hooks.counters().started == 2; }));
    EXPECT_GE(BootClock::now() - before_the_first, hooks::hook_spacing);
}

TEST_F(HooksTest, WithoutAHookTheEventIsCounted) {
    hooks.fire(HookEvent::open_sheet, "{}");
    hooks.fire_if_set(HookEvent::joined);
    EXPECT_EQ(hooks.counters().without, 1U);
    EXPECT_EQ(hooks.counters().started, 0U);
}

TEST_F(HooksTest, OneThatFailsOrReadsNothingIsCountedAndHarmless) {
    set(HookEvent::vpn_on, {"/bin/false"});
    set(HookEvent::vpn_off, {"/nowhere/hook"});
    const std::string large = "\"" + std::string(60000, 'x') + "\"";
    hooks.fire(HookEvent::vpn_on, large);
    hooks.fire(HookEvent::vpn_off);
    ASSERT_TRUE(until([&] { return hooks.counters().failed == 2; }));
    EXPECT_EQ(hooks.counters().started, 1U);
}

TEST_F(HooksTest, WhatItComplainsAboutIsInTheLog) {
    const auto go_on = script("hook", "printf 'x\\033[2Jy\\nsecond\\n' >&2; exit 3\n");
    set(HookEvent::vpn_on, {go_on});
    set(HookEvent::vpn_off, {script("other", "echo fine >&2; sleep 1000 & echo $! >> " + path("left") + "; exit 0\n")});
    testing::internal::CaptureStderr();
    hooks.fire(HookEvent::vpn_on);
    hooks.fire(HookEvent::vpn_off);
    const bool ended = until([&] { return hooks.counters().failed == 1 && hooks.counters().started == 2; });
    // One that leaves a child with its standard error open is over all the same: the next of its kind starts.
    hooks.fire(HookEvent::vpn_off);
    const bool again = until([&] { return hooks.counters().started == 3; });
    const auto text = testing::internal::GetCapturedStderr();
    EXPECT_TRUE(ended && again) << text;
    EXPECT_NE(text.find("warning: hook vpn-on: x[2Jy\n"), std::string::npos) << text;
    EXPECT_NE(text.find("warning: hook vpn-on: second\n"), std::string::npos) << text;
    EXPECT_NE(text.find("warning: hook vpn-on failed: exit status 3\n"), std::string::npos) << text;
    EXPECT_NE(text.find("info: hook vpn-off: fine\n"), std::string::npos) << text;
}

TEST_F(HooksTest, OneThatWritesWithoutEndFillsNeitherPipeNorLog) {
    set(HookEvent::vpn_on, {script("hook", "head -c 1000000 /dev/zero | tr '\\0' 'x' >&2; echo >&2; exit 0\n")});
    testing::internal::CaptureStderr();
    hooks.fire(HookEvent::vpn_on);
    ASSERT_TRUE(until([&] { return hooks.counters().started == 1; }));
    hooks.fire(HookEvent::vpn_on);
    const bool again = until([&] { return hooks.counters().started == 2; });
    const auto text = testing::internal::GetCapturedStderr();
    EXPECT_TRUE(again) << "it was not held up";
    EXPECT_NE(text.find("hook vpn-on: (it wrote more)\n"), std::string::npos);
    EXPECT_LT(text.size(), 2 * hooks::hook_words_bytes);
    EXPECT_EQ(hooks.counters().failed, 0U);
}

TEST_F(HooksTest, APayloadBeyondItsBoundIsNotHandedOn) {
    set(HookEvent::vpn_on,
        {script("hook", "cat > " + path("in.new") + "; mv " + path("in.new") + " " + path("in") + "\n")});
    hooks.fire(HookEvent::vpn_on, "\"" + std::string(hooks::hook_payload_bytes - 1, 'x') + "\"");
    ASSERT_TRUE(until([&] { return there("in"); }));
    EXPECT_EQ(file("in"), "{\"event\":\"vpn-on\",\"payload\":null}\n");
    std::filesystem::remove(home / "in");
    hooks.fire(HookEvent::vpn_on, "\"" + std::string(hooks::hook_payload_bytes - 2, 'x') + "\"");
    ASSERT_TRUE(until([&] { return there("in"); }));
    EXPECT_GT(file("in").size(), hooks::hook_payload_bytes);
}

// Whoever may broadcast writes the payload: one that is nested without end must not end the agent.
TEST_F(HooksTest, ANestedPayloadIsNotHandedOn) {
    set(HookEvent::vpn_on,
        {script("hook", "cat > " + path("in.new") + "; mv " + path("in.new") + " " + path("in") + "\n")});
    hooks.fire(HookEvent::vpn_on, std::string(32000, '[') + std::string(32000, ']'));
    ASSERT_TRUE(until([&] { return there("in"); }));
    EXPECT_EQ(file("in").size(), std::string("{\"event\":\"vpn-on\",\"payload\":null}\n").size());
}

TEST_F(HooksTest, KeysAreCleanedToo) {
    set(HookEvent::vpn_on,
        {script("hook", "cat > " + path("in.new") + "; mv " + path("in.new") + " " + path("in") + "\n")});
    hooks.fire(HookEvent::vpn_on, R"({"a\u001b[2J":[{"\u202eb":1}]})");
    ASSERT_TRUE(until([&] { return there("in"); }));
    EXPECT_EQ(file("in"), "{\"event\":\"vpn-on\",\"payload\":{\"a[2J\":[{\"b\":1}]}}\n");
}

TEST_F(HooksTest, AStopKillsWhatRuns) {
    set(HookEvent::vpn_on, {script("hook", "echo $$ > " + path("pid.new") + "; mv " + path("pid.new") + " " +
                                               path("pid") + "; exec sleep 1000\n")});
    hooks.fire(HookEvent::vpn_on);
    ASSERT_TRUE(until([&] { return there("pid"); }));
    const auto pid = static_cast<pid_t>(std::stol(file("pid")));
    hooks.stop();
    ASSERT_TRUE(until([&] { return over; }));
    EXPECT_NE(::kill(pid, 0), 0) << "killed and reaped";
}

}  // namespace
