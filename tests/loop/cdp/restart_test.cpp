// Restarts of a launched browser by its age, its memory and its program on the disk, and never under a command's feet.
#include <signal.h>

#include "cdp/find_browser.hpp"
#include "launch_fixture.hpp"

namespace cdp {
namespace {

using namespace test;

struct Restart : Launch {
    Restart() { settings.restart_check_every = 100ms; }
    /// Waits until the browser was brought back as planned: not after a failure.
    awaitable<void> restarted(Driver& driver) const {
        const auto before = main_process();
        while (driver.browser->status().restarts == 0) co_await driver.changed();
        co_await driver.reaches(BrowserState::attached);
        EXPECT_NE(main_process(), before);
        EXPECT_EQ(driver.browser->status().failures, 0U) << "a planned restart is no failure";
    }

    /// A Chromium whose program may be replaced: its own copy, beside links to all that it needs.
    std::string own_copy() const {
        const bool has_chromium = fs::exists("/usr/lib/chromium/chromium");
        const auto real = fs::path{has_chromium ? "/usr/lib/chromium/chromium" : "/opt/google/chrome/chrome"};
        const auto place = folder->path() / "chromium";
        fs::create_directory(place);
        for (const auto& entry : fs::directory_iterator{real.parent_path()}) {
            if (entry.path() != real) fs::create_symlink(entry.path(), place / entry.path().filename());
        }
        fs::copy_file(real, place / real.filename());
        return (place / real.filename()).string();
    }
};

TEST_F(Restart, by_age_and_not_while_a_command_runs) {
    settings.restart_after = 1s;
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        // Were it not for the command, the browser would go meanwhile.
        const auto runs = driver.to_page(
            "Runtime.evaluate",
            R"x({"expression":"new Promise(done=>setTimeout(()=>done(42),3000))","awaitPromise":true})x");
        const Got got = co_await driver.answer(runs);
        EXPECT_EQ(got.fate, Fate::result) << got.text;
        EXPECT_NE(got.text.find("42"), std::string::npos) << got.text;
        EXPECT_EQ(driver.browser->status().restarts, 0U);
        co_await restarted(driver);
    });
}

TEST_F(Restart, above_its_memory) {
    settings.restart_above_bytes = 1;
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        co_await driver.reaches(BrowserState::attached);
        co_await restarted(driver);
    });
}

TEST_F(Restart, when_its_program_was_replaced_on_the_disk) {
    settings.browser_path = own_copy();
    settings.restart_when_updated = true;
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        co_await driver.reaches(BrowserState::attached);
        // The first look remembers what runs: a second holds some of them.
        const auto runs = driver.to_page(
            "Runtime.evaluate", R"x({"expression":"new Promise(done=>setTimeout(done,1000))","awaitPromise":true})x");
        co_await driver.answer(runs);
        EXPECT_EQ(driver.browser->status().restarts, 0U);
        const fs::path program{settings.browser_path};
        fs::rename(program, program.string() + ".old");
        fs::create_hard_link(program.string() + ".old", program);
        co_await restarted(driver);
    });
    EXPECT_TRUE(processes().empty());
}

TEST_F(Restart, not_without_the_setting) {
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        const auto runs = driver.to_page(
            "Runtime.evaluate",
            R"x({"expression":"new Promise(done=>setTimeout(()=>done(42),3000))","awaitPromise":true})x");
        co_await driver.answer(runs);
        EXPECT_EQ(driver.browser->status().restarts, 0U);
    });
}

}  // namespace
}  // namespace cdp
