// What the tests of a launched browser share: a real Chromium below a folder of the test's own, and a look at its
// processes and folders.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "cdp/leftovers.hpp"
#include "cdp/temporary_folder.hpp"
#include "driver.hpp"
#include "platform/clock.hpp"
#include "platform/unique_fd.hpp"

namespace cdp::test {

namespace fs = std::filesystem;
using platform::BootClock;

/// What is allowed between the end of whoever held the browser and the end of its last process.
inline constexpr Duration orphan_limit = 3s;

struct Launch : testing::Test {
    Launch() {
        auto made = TemporaryFolder::create(temporary_base({}));
        EXPECT_TRUE(made);
        folder.emplace(std::move(*made));
        settings = real_browser();
        settings.runtime_folder = (folder->path() / "run").string();
    }
    /// A test that fails leaves nothing either.
    void TearDown() override {
        for (const auto pid : processes()) ::kill(pid, SIGKILL);
    }
    std::size_t folders() const {
        std::error_code none;
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator{settings.runtime_folder, none}, fs::directory_iterator{}));
    }
    std::vector<pid_t> processes() const { return processes_in(settings.runtime_folder); }

    /// The browser's own process: the one whose parent is not among the others.
    pid_t main_process() const {
        for (const auto pid : processes()) {
            std::ifstream stat{"/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary};
            const std::string line{std::istreambuf_iterator<char>{stat}, {}};
            const bool child = line.find("--type=") != std::string::npos || line.find("crashpad") != std::string::npos;
            if (!child && line.find("--remote-debugging-pipe") != std::string::npos) return pid;
        }
        return 0;
    }

    /// Waits for the end of all processes of the browser; the time that took, or nothing after the limit.
    std::optional<Duration> all_end_within(Duration limit) const {
        const auto begin = BootClock::now();
        for (auto left = processes(); !left.empty(); left = processes()) {
            const auto rest = begin + limit - BootClock::now();
            const platform::UniqueFd watch{static_cast<int>(::syscall(SYS_pidfd_open, left.front(), 0))};
            pollfd watched{watch.get(), POLLIN, 0};
            const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(rest).count();
            if (ms <= 0 || (watch && ::poll(&watched, 1, static_cast<int>(ms)) == 0)) return std::nullopt;
        }
        return BootClock::now() - begin;
    }

    /// A script that stands in for a browser, for the starts that a real one cannot be made to fail with.
    std::string script(const std::string& text) const {
        const auto path = folder->path() / ("browser-" + std::to_string(std::hash<std::string>{}(text)));
        std::ofstream{path} << "#!/bin/sh\n" << text << '\n';
        fs::permissions(path, fs::perms::owner_all);
        return path.string();
    }

    std::optional<TemporaryFolder> folder;
    Settings settings;
};

}  // namespace cdp::test
