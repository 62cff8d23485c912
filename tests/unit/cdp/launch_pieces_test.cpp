#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>

#include "cdp/error.hpp"
#include "cdp/find_browser.hpp"
#include "cdp/launch.hpp"
#include "cdp/leftovers.hpp"
#include "cdp/temporary_folder.hpp"
#include "platform/process/process.hpp"

namespace cdp {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

struct LaunchPieces : testing::Test {
    LaunchPieces() : folder{*TemporaryFolder::create(temporary_base({}))} {}
    fs::path file(const std::string& name, const std::string& text, fs::perms mode = fs::perms::owner_all) const {
        const auto path = folder.path() / name;
        std::ofstream{path} << text;
        fs::permissions(path, mode);
        return path;
    }
    TemporaryFolder folder;
};

bool has(const std::vector<std::string>& arguments, const std::string& wanted) {
    return std::find(arguments.begin(), arguments.end(), wanted) != arguments.end();
}

TEST_F(LaunchPieces, arguments_hold_the_pipe_the_profile_and_no_sandbox_switch) {
    Settings settings;
    const auto arguments = launch_arguments(settings, "/usr/bin/chromium", "/tmp/p");
    EXPECT_EQ(arguments.front(), "/usr/bin/chromium");
    EXPECT_EQ(arguments.back(), "about:blank");
    EXPECT_TRUE(has(arguments, "--remote-debugging-pipe"));
    EXPECT_TRUE(has(arguments, "--user-data-dir=/tmp/p"));
    EXPECT_TRUE(has(arguments, "--headless=new"));
    EXPECT_TRUE(has(arguments, "--disable-back-forward-cache"));
    EXPECT_FALSE(has(arguments, "--no-sandbox"));
}

TEST_F(LaunchPieces, the_owners_switches_win_save_for_pipe_and_profile) {
    Settings settings;
    settings.headless = false;
    settings.extra_arguments = {"--disable-features=X", "--user-data-dir=/elsewhere", "--no-sandbox",
                                "--remote-debugging-pipe=cbor", "https://example.com/"};
    const auto arguments = launch_arguments(settings, "c", "/tmp/p");
    EXPECT_TRUE(has(arguments, "--disable-features=X"));
    EXPECT_TRUE(has(arguments, "--no-sandbox"));
    EXPECT_TRUE(has(arguments, "--user-data-dir=/tmp/p"));
    EXPECT_FALSE(has(arguments, "--user-data-dir=/elsewhere"));
    EXPECT_FALSE(has(arguments, "--remote-debugging-pipe=cbor"));
    EXPECT_FALSE(has(arguments, "about:blank"));
    EXPECT_FALSE(has(arguments, "--headless=new"));
    const auto features = [](const std::string& argument) { return argument.starts_with("--disable-features="); };
    EXPECT_EQ(std::count_if(arguments.begin(), arguments.end(), features), 1);
}

TEST_F(LaunchPieces, no_variable_of_ours_reaches_the_browser_and_the_owners_win) {
    for (const char* name : {"BMC_AGENT_API_KEY", "NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY", "SSH_AUTH_SOCK"})
        ::setenv(name, "x", 1);
    ::setenv("LANG", "de_DE.UTF-8", 1);
    Settings settings;
    settings.extra_environment = {"LANG=C.UTF-8", "OWN=1"};
    const auto variables = launch_environment(settings, {}, "/tmp/t", "/tmp/spare");
    for (const auto& variable : variables) {
        for (const char* name : {"BMC_", "NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY", "SSH_AUTH_SOCK"})
            EXPECT_FALSE(variable.starts_with(name)) << variable;
    }
    EXPECT_TRUE(has(variables, "TMPDIR=/tmp/t"));
    EXPECT_TRUE(has(variables, "BREAKPAD_DUMP_LOCATION=/tmp/spare/crashes"));
    EXPECT_TRUE(has(variables, "OWN=1"));
    EXPECT_TRUE(has(variables, "LANG=C.UTF-8"));
    EXPECT_FALSE(has(variables, "LANG=de_DE.UTF-8"));
    ::setenv("HOME", "/no/such/home", 1);
    EXPECT_TRUE(has(launch_environment(settings, {}, "/tmp/t", "/tmp/spare"), "HOME=/tmp/spare"));
    FoundBrowser snap;
    snap.snap = true;
    EXPECT_FALSE(has(launch_environment(settings, snap, "/tmp/t", "/tmp/spare"), "TMPDIR=/tmp/t"))
        << "a snap has a folder of its own";
}

TEST_F(LaunchPieces, finds_a_configured_browser_and_nothing_else_then) {
    const auto path = file("my-chrome", "#!/bin/sh\n").string();
    const auto found = find_browser(path);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->path, path);
    EXPECT_FALSE(found->snap);
    EXPECT_EQ(find_browser(folder.path().string()).error(), Errc::not_found) << "a folder";
    EXPECT_EQ(find_browser("/no/such").error(), Errc::not_found);
    EXPECT_EQ(find_browser("no-such-browser-name").error(), Errc::not_found);
    if (::geteuid() != 0) {
        const auto plain = file("plain", "x", fs::perms::owner_read).string();
        EXPECT_EQ(find_browser(plain).error(), Errc::not_found) << "not executable";
    }
    EXPECT_TRUE(find_browser("sh")) << "a name is looked up in PATH";
}

TEST_F(LaunchPieces, recognises_a_snap) {
    EXPECT_TRUE(is_snap(file("chromium-browser", "#!/bin/sh\nexec /snap/bin/chromium \"$@\"\n").string()));
    EXPECT_FALSE(is_snap(file("chromium", "#!/bin/sh\nexec /usr/lib/chromium/chromium\n").string()));
    const auto snap = file("snap", "binary");
    fs::create_symlink(snap, folder.path() / "chromium-link");
    EXPECT_TRUE(is_snap((folder.path() / "chromium-link").string()));
    EXPECT_FALSE(is_snap("/no/such"));
}

TEST_F(LaunchPieces, folder_names_say_who_owns_them) {
    const auto owner = owner_of(folder.path().filename().string());
    ASSERT_TRUE(owner);
    EXPECT_EQ(owner->pid, ::getpid());
    EXPECT_EQ(owner->start_time, *platform::process_start_time(::getpid()));
    for (const auto* name : {"bmc-browser-", "bmc-browser-1", "bmc-browser-1-", "bmc-browser-1-2", "bmc-browser-1-2-",
                             "bmc-browser-x-2-abc", "other-1-2-abc", "bmc-browser--1-2-abc"}) {
        EXPECT_FALSE(owner_of(name)) << name;
    }
    EXPECT_EQ(fs::status(folder.path()).permissions(), fs::perms::owner_all);
}

TEST_F(LaunchPieces, the_sweep_removes_what_dead_owners_left_and_nothing_else) {
    const auto base = folder.path() / "base";
    auto ours = TemporaryFolder::create(base);
    ASSERT_TRUE(ours);
    const auto dead = base / "bmc-browser-1073741823-5-abcdef";
    fs::create_directories(dead / "profile/Default");
    std::ofstream{dead / "profile/Default/Cookies"} << "x";
    fs::create_directories(base / "bmc-browser-1073741823-keep");
    fs::create_directories(base / "something-else");
    fs::create_directories(folder.path() / "victim");
    fs::create_directory_symlink(folder.path() / "victim", base / "bmc-browser-1073741823-6-abcdef");
    // A live owner in another pid namespace: its pid is unknown here, but its lock is held.
    const auto locked = base / "bmc-browser-1073741823-7-abcdef";
    fs::rename(ours->path(), locked);

    EXPECT_EQ(sweep_leftovers(base), 1U);
    EXPECT_FALSE(fs::exists(dead));
    EXPECT_TRUE(fs::exists(locked));
    EXPECT_TRUE(fs::exists(base / "bmc-browser-1073741823-keep"));
    EXPECT_TRUE(fs::exists(base / "something-else"));
    EXPECT_TRUE(fs::exists(folder.path() / "victim"));
    EXPECT_EQ(sweep_leftovers(base / "nowhere"), 0U);
}

/// A leftover that cannot be removed before `release`: it stands for one into which a killed browser's processes write.
struct HeldLeftover : LaunchPieces {
    HeldLeftover() {
        fs::create_directories(profile);
        std::ofstream{profile / "Cookies"} << "x";
        fs::permissions(profile, fs::perms::owner_read | fs::perms::owner_exec);
    }
    ~HeldLeftover() override { release(); }
    void SetUp() override {
        if (::geteuid() == 0) GTEST_SKIP() << "root may remove it";
    }
    void release() const {
        std::error_code ignored;
        fs::permissions(profile, fs::perms::owner_all, ignored);
    }

    fs::path base = folder.path() / "base";
    fs::path leftover = base / "bmc-browser-1073741823-5-abcdef";
    fs::path profile = leftover / "profile";
};

TEST_F(HeldLeftover, is_removed_by_the_sweep_once_that_is_possible) {
    auto swept = std::async(std::launch::async, [this] { return sweep_all_leftovers(base.string()); });
    EXPECT_EQ(swept.wait_for(100ms), std::future_status::timeout);
    release();
    EXPECT_FALSE(swept.get());
    EXPECT_FALSE(fs::exists(leftover));
}

TEST_F(HeldLeftover, is_told_after_a_while) {
    EXPECT_EQ(sweep_leftovers(base), 0U);
    EXPECT_EQ(sweep_all_leftovers(base.string(), 50ms), boost::system::errc::directory_not_empty);
}

TEST_F(LaunchPieces, the_base_is_the_setting_or_tmpdir_or_tmp) {
    EXPECT_EQ(temporary_base("/run/x"), "/run/x");
    const char* before = std::getenv("TMPDIR");
    const std::string kept = before != nullptr ? before : "";
    ::setenv("TMPDIR", "/var/tmp", 1);
    EXPECT_EQ(temporary_base({}), "/var/tmp");
    ::setenv("TMPDIR", "relative", 1);
    EXPECT_EQ(temporary_base({}), "/tmp");
    if (before != nullptr)
        ::setenv("TMPDIR", kept.c_str(), 1);
    else
        ::unsetenv("TMPDIR");
}

}  // namespace
}  // namespace cdp
