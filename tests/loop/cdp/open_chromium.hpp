// A real Chromium with a DevTools port, as somebody else would run it.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "cdp/find_browser.hpp"
#include "platform/process/process.hpp"
#include "tests/support/temp_folder.hpp"

namespace cdp::test {

class OpenChromium {
  public:
    explicit OpenChromium(const std::filesystem::path& below, std::string url = "about:blank")
        : profile_{below / "profile"}, url_{std::move(url)} {
        std::filesystem::create_directories(below);
    }

    /// Keeps the loop, which the child is bound to, until it is gone. Port 0: one of its own choice.
    void start(std::shared_ptr<net::io_context> loop, std::uint16_t port = 0) {
        loop_ = std::move(loop);
        platform::ProcessOptions options;
        options.arguments = {find_browser({})->path,
                             "--headless=new",
                             "--remote-debugging-port=" + std::to_string(port),
                             "--no-first-run",
                             "--disable-background-networking",
                             "--disable-quic",
                             "--disable-breakpad",
                             "--user-data-dir=" + profile_.string(),
                             url_};
        options.environment = platform::pick_environment({"PATH", "HOME", "LANG"});
        options.environment.push_back("TMPDIR=" +
                                      temporary_.path().string());  // what a killed one leaves goes with the test
        options.death_signal = SIGKILL;
        auto spawned = platform::Process::spawn(loop_->get_executor(), options);
        ASSERT_TRUE(spawned);
        process_.emplace(std::move(*spawned));
    }
    awaitable<void> kill() {
        process_->signal_group(SIGKILL);
        const auto ended = co_await process_->wait();
        EXPECT_TRUE(ended);
    }
    const std::filesystem::path& profile() const { return profile_; }
    std::string port_file() const {
        std::ifstream file{profile_ / "DevToolsActivePort"};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

  private:
    std::filesystem::path profile_;
    const tests::TempFolder temporary_;  // its path is short enough for the socket of Chrome's profile lock
    std::string url_;                    // of the first page
    std::shared_ptr<net::io_context> loop_;
    std::optional<platform::Process> process_;
};

}  // namespace cdp::test
