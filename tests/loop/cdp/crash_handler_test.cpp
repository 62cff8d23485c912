// Chrome's crash handlers leave its process group, where no signal to the group reaches them, hold crashed processes by
// ptrace, and keep an image of each crashed page: they end with the browser all the same, and their images go with it.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cdp/core/targets.hpp"
#include "cdp/leftovers.hpp"
#include "launch_fixture.hpp"

namespace cdp {
namespace {

using namespace test;

struct CrashHandlers : Launch {
    CrashHandlers() {
        fs::create_directory(home);
        settings.extra_environment = {"HOME=" + home.string()};
    }
    /// Those that are no children of the browser's group.
    std::vector<pid_t> handlers() const {
        std::vector<pid_t> found;
        const auto group = ::getpgid(main_process());
        for (const auto pid : processes()) {
            if (::getpgid(pid) != group) found.push_back(pid);
        }
        return found;
    }
    static awaitable<void> crash_a_page(Driver& driver) {
        const auto warm = driver.to_page("Runtime.evaluate", R"({"expression":"1"})");
        co_await driver.answer(warm);
        const auto crash = driver.to_page("Page.crash");
        const Got got = co_await driver.answer(crash);
        EXPECT_EQ(got.fate, Fate::lost) << got.text;
    }

    const fs::path home = folder->path() / "home";
};

TEST_F(CrashHandlers, that_are_stopped_end_with_the_browser_and_leave_no_image) {
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        co_await crash_a_page(driver);
        EXPECT_FALSE(handlers().empty()) << "this Chromium has none: nothing is tested";
        for (const auto pid : handlers()) ::kill(pid, SIGSTOP);
    });
    EXPECT_TRUE(processes().empty());
    EXPECT_EQ(folders(), 0U);
    for (const auto& entry : fs::recursive_directory_iterator{home})
        EXPECT_EQ(entry.path().string().find("Crash Reports"), std::string::npos) << entry.path();
}

TEST_F(CrashHandlers, that_are_stopped_end_with_a_killed_owner) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t owner = ::fork();
    if (owner == 0) {
        Driver driver{settings};
        driver.run([&]() -> awaitable<void> {
            co_await crash_a_page(driver);
            [[maybe_unused]] const auto n = ::write(ready[1], "y", 1);
            for (;;) co_await driver.changed();
        });
        ::_exit(0);
    }
    char crashed = 0;
    ASSERT_EQ(::read(ready[0], &crashed, 1), 1);
    EXPECT_FALSE(handlers().empty());
    for (const auto pid : handlers()) ::kill(pid, SIGSTOP);
    ::kill(owner, SIGKILL);
    ::waitpid(owner, nullptr, 0);
    EXPECT_TRUE(all_end_within(orphan_limit));
    for (const auto pid : processes()) ::kill(pid, SIGKILL);
    EXPECT_EQ(sweep_leftovers(settings.runtime_folder), 1U) << "the images go with the folder";
    ::close(ready[0]);
    ::close(ready[1]);
}

}  // namespace
}  // namespace cdp
