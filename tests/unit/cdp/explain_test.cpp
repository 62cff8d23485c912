#include "cdp/core/explain.hpp"

#include <gtest/gtest.h>

namespace cdp {
namespace {

bool says(const LaunchFacts& facts, std::string_view words) {
    return explain_launch(facts).find(words) != std::string::npos;
}

LaunchFacts ended(int status, std::string_view said) {
    LaunchFacts facts;
    facts.binary = "/usr/bin/chromium";
    facts.profile = "/home/me/profile";
    facts.said = said;
    facts.ended = "exit status 1";
    facts.exit_status = status;
    return facts;
}

TEST(ExplainLaunch, names_each_known_cause_and_its_remedy) {
    EXPECT_TRUE(says(ended(21, ""), "/home/me/profile is in use by another browser"));
    EXPECT_TRUE(says(ended(1, "x ERROR: Running as root without --no-sandbox is not supported."), "ordinary user"));
    EXPECT_TRUE(says(ended(1, "DevTools remote debugging requires a non-default data directory."), "version 136"));
    EXPECT_TRUE(says(ended(127, "chrome: error while loading shared libraries: libnss3.so"), "libraries"));
    EXPECT_TRUE(says(ended(1, "ERROR: Missing X server or $DISPLAY"), "browser.headless"));
}

TEST(ExplainLaunch, names_a_limit_of_open_files_that_is_too_low) {
    auto facts = ended(1, "");
    facts.open_files = few_open_files - 1;
    EXPECT_TRUE(says(facts, "only 1023 files open: raise the limit"));
    facts.open_files = few_open_files;
    EXPECT_FALSE(says(facts, "files open"));
}

TEST(ExplainLaunch, tells_a_profile_in_use_from_one_that_may_not_be_written) {
    constexpr auto lock = "[1:1:ERROR:process_singleton_posix.cc] Failed to create /home/me/profile/SingletonLock: ";
    EXPECT_TRUE(says(ended(21, lock + std::string{"File exists (17)\n"}), "in use by another browser"));
    EXPECT_TRUE(says(ended(21, lock + std::string{"Permission denied (13)\n"}), "may not write to its profile folder"));
    EXPECT_TRUE(says(ended(21, lock + std::string{"No space left on device (28)"}), "(No space left on device)"));
    EXPECT_TRUE(says(ended(21, lock + std::string{"cut off"}), "(cut off)"));
}

TEST(ExplainLaunch, tells_the_kinds_of_a_missing_sandbox_apart) {
    auto facts = ended(1, "FATAL:zygote_host_impl_linux.cc] No usable sandbox!");
    EXPECT_TRUE(says(facts, "unprivileged user namespaces"));
    facts.container = true;
    EXPECT_TRUE(says(facts, "seccomp profile"));
    facts.user_namespaces_barred = true;
    EXPECT_TRUE(says(facts, "AppArmor"));
    for (const bool container : {true, false}) {
        facts.container = container;
        EXPECT_FALSE(says(facts, "--no-sandbox")) << "never recommended";
    }
}

TEST(ExplainLaunch, tells_a_missing_binary_a_hang_and_a_small_shm) {
    LaunchFacts missing;
    missing.binary = "/opt/chrome";
    missing.exec_error = "No such file or directory";
    EXPECT_TRUE(says(missing, "/opt/chrome could not be started (No such file or directory)"));
    LaunchFacts hung;
    EXPECT_TRUE(says(hung, "did not answer after its start"));
    auto small = ended(5, "");
    small.shared_memory = small_shared_memory;
    EXPECT_TRUE(says(small, "/dev/shm has only 64 MB"));
    small.shared_memory = small_shared_memory + 1;
    EXPECT_FALSE(says(small, "/dev/shm"));
    auto snap = ended(1, "");
    snap.snap = true;
    EXPECT_TRUE(says(snap, "snap"));
}

TEST(ExplainLaunch, an_end_after_answers_is_no_failed_start) {
    auto facts = ended(1, "No usable sandbox!");
    facts.answered = true;
    EXPECT_EQ(explain_launch(facts), "The browser ended (exit status 1).");
}

TEST(CauseOfLaunch, is_told_by_what_is_known_of_the_end) {
    const std::pair<LaunchCause, LaunchFacts> cases[] = {
        {LaunchCause::profile_in_use, ended(21, "")},
        {LaunchCause::profile_not_writable, ended(21, "Failed to create /p/SingletonLock: Permission denied (13)\n")},
        {LaunchCause::as_root, ended(1, "Running as root without --no-sandbox is not supported.")},
        {LaunchCause::no_sandbox, ended(1, "No usable sandbox!")},
        {LaunchCause::default_profile, ended(1, "requires a non-default data directory")},
        {LaunchCause::no_libraries, ended(127, "error while loading shared libraries: libnss3.so")},
        {LaunchCause::no_display, ended(1, "Missing X server or $DISPLAY")},
        {LaunchCause::unknown, ended(1, "good bye")},
        {LaunchCause::not_answering, LaunchFacts{}},
    };
    for (const auto& [cause, facts] : cases) EXPECT_EQ(cause_of_launch(facts), cause) << facts.said;
    auto facts = ended(1, "No usable sandbox!");
    facts.answered = true;
    EXPECT_EQ(cause_of_launch(facts), LaunchCause::ended_later);
    facts.exec_error = "Exec format error";
    EXPECT_EQ(cause_of_launch(facts), LaunchCause::not_started);
    auto small = ended(5, "");
    small.shared_memory = small_shared_memory;
    EXPECT_EQ(cause_of_launch(small), LaunchCause::small_shared_memory);
    auto few = ended(5, "");
    few.open_files = few_open_files - 1;
    EXPECT_EQ(cause_of_launch(few), LaunchCause::few_open_files);
    auto snap = ended(5, "");
    snap.snap = true;
    EXPECT_EQ(cause_of_launch(snap), LaunchCause::snap);
}

TEST(TellingLine, is_the_last_error_that_is_no_noise) {
    EXPECT_EQ(explaining_line("hello\n[1:ERROR:a.cc] bad\n[1:ERROR:dbus/bus.cc] no bus\nbye\n"), "[1:ERROR:a.cc] bad");
    EXPECT_EQ(explaining_line("one\ntwo"), "two");
    EXPECT_EQ(explaining_line("\n\n"), "");
}

}  // namespace
}  // namespace cdp
