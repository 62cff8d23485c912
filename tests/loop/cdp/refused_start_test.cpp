// A real Chromium that cannot start, and what a command is told of it: each cause is made, none is acted. A user
// namespace stands in for the machines that have them (another user, no namespaces left, a small /dev/shm).
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cdp/find_browser.hpp"
#include "launch_fixture.hpp"

namespace cdp {
namespace {

using namespace test;

struct RefusedStart : Launch {
    RefusedStart() {
        settings.unavailable_grace = 10ms;
        settings.backoff_first = settings.backoff_cap = 1h;
    }
    /// Runs the browser by `words` in front of it.
    void behind(const std::string& words) {
        settings.browser_path = script("exec " + words + " '" + find_browser({})->path + "' \"$@\"");
    }
    void expect_told(std::string_view expected) {
        Driver driver{settings};
        driver.run([&]() -> awaitable<void> {
            const auto sent = driver.to_browser("Browser.getVersion");
            const Got got = co_await driver.answer(sent);
            EXPECT_EQ(got.fate, Fate::unavailable);
            EXPECT_NE(got.text.find(expected), std::string::npos) << got.text;
        });
        EXPECT_TRUE(processes().empty());
        EXPECT_EQ(folders(), 0U);
    }
};

TEST_F(RefusedStart, as_root) {
    behind("unshare --user --map-root-user");
    expect_told("as an ordinary user");
}

TEST_F(RefusedStart, where_no_user_namespace_is_left_for_its_sandbox) {
    // One inside the other, until the kernel has none deeper.
    settings.browser_path =
        script("unshare --user --map-user=1000 --map-group=1000 true 2>/dev/null || exec '" + find_browser({})->path +
               "' \"$@\"\nexec unshare --user --map-user=1000 --map-group=1000 \"$0\" \"$@\"");
    expect_told("no usable sandbox");
}

TEST_F(RefusedStart, without_a_display_for_its_windows) {
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY"}) ::unsetenv(name);
    settings.headless = false;
    expect_told("set browser.headless = true");
}

TEST_F(RefusedStart, on_a_profile_that_it_may_not_write_to) {
    const auto profile = folder->path() / "named";
    fs::create_directory(profile);
    fs::permissions(profile, fs::perms::owner_read | fs::perms::owner_exec);
    settings.profile_folder = profile.string();
    expect_told("may not write to its profile folder " + profile.string());
    fs::permissions(profile, fs::perms::owner_all);
}

TEST_F(RefusedStart, as_a_file_that_is_no_program) {
    const auto path = folder->path() / "notes";
    std::ofstream{path} << "not a program\n";
    fs::permissions(path, fs::perms::owner_all);
    settings.browser_path = path.string();
    expect_told("could not be started (Exec format error)");
}

/// In a mount namespace of its own, with the /dev/shm of a container that nobody gave more: 64 MB.
int with_a_small_shm(const std::function<int()>& body) {
    const pid_t child = ::fork();
    if (child == 0) {
        const auto user = std::to_string(::geteuid());
        const auto group = std::to_string(::getegid());
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ::_exit(90);
        std::ofstream{"/proc/self/setgroups"} << "deny";
        std::ofstream{"/proc/self/uid_map"} << user << ' ' << user << " 1";
        std::ofstream{"/proc/self/gid_map"} << group << ' ' << group << " 1";
        if (::mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=64m") != 0) ::_exit(91);
        ::_exit(body());
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return status;
}

TEST_F(RefusedStart, not_yet_but_an_end_with_a_small_shm_is_told_of_it) {
    settings.unavailable_grace = 20s;
    settings.backoff_first = 10ms;
    const auto status = with_a_small_shm([&] {
        Driver driver{settings};
        driver.run([&]() -> awaitable<void> {
            const auto sent = driver.to_page("Runtime.evaluate", R"({"expression":"6*7"})");
            const Got got = co_await driver.answer(sent);
            EXPECT_NE(got.text.find("42"), std::string::npos) << got.text;
            ::kill(main_process(), SIGKILL);
            co_await driver.reaches(BrowserState::lost);
            const auto reason = driver.browser->status().reason;
            EXPECT_NE(reason.find("/dev/shm has only 64 MB"), std::string::npos) << reason;
            EXPECT_NE(reason.find("--shm-size=1g"), std::string::npos) << reason;
        });
        return testing::Test::HasFailure() ? 1 : 0;
    });
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(processes().empty());
}

}  // namespace
}  // namespace cdp
