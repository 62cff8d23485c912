// Starts a browser over its pipe and ends it: no port is open, and it dies with us whatever happens to us.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cdp/browser_age.hpp"
#include "cdp/browser_folders.hpp"
#include "cdp/find_browser.hpp"
#include "cdp/source.hpp"
#include "cdp/stderr_tail.hpp"
#include "platform/process/group_guard.hpp"
#include "platform/process/process.hpp"
#include "platform/worker.hpp"

namespace cdp {

/// The argument list for a browser: our switches, the owner's, and the page to begin with.
std::vector<std::string> launch_arguments(const Settings& settings, const std::string& binary,
                                          const std::string& profile);

/// The whole environment of a browser: what it needs of ours, `temporary` for its sockets (empty: its own choice), its
/// `folder` for images of crashed pages and as a home where ours may not be written to, and the owner's variables,
/// which win.
std::vector<std::string> launch_environment(const Settings& settings, const FoundBrowser& browser,
                                            const std::string& temporary, const std::string& folder);

class LaunchSource final : public Source {
  public:
    LaunchSource(net::any_io_executor executor, const Settings& settings);
    ~LaunchSource() override;

    awaitable<Opened> open() override;
    awaitable<void> watch(std::function<void(Error)> ended, std::function<bool()> idle) override;
    awaitable<std::string> close(Error why, bool answered) override;
    LaunchCause cause() const noexcept override { return cause_; }

    /// The running browser's pid; 0 where none runs.
    pid_t pid() const noexcept { return process_ ? process_->pid() : 0; }

  private:
    /// What a start needs of the disk.
    struct Prepared {
        Result<FoundBrowser> browser;
        std::string problem;  // why there are no folders for it
    };
    Prepared prepare();
    bool remove_left();
    Result<Opened> spawn(const FoundBrowser& browser);
    Result<platform::Process> spawn_fenced(platform::ProcessOptions& options, Fence& fence);
    awaitable<void> watch_age(std::function<void(Error)> ended, std::function<bool()> idle);
    awaitable<bool> exits_within(Duration limit);
    awaitable<void> remove_traces();
    std::string explain(std::string exec_error, bool answered);

    net::any_io_executor executor_;
    const Settings& settings_;
    FoundBrowser browser_;
    BrowserFolders folders_;
    std::optional<platform::Process> process_;
    std::optional<platform::GroupGuard> guard_;
    std::optional<platform::ExitStatus> ended_;
    LaunchCause cause_ = LaunchCause::unknown;
    std::optional<StderrTail> said_;  // while it runs
    std::optional<BrowserAge> age_;   // likewise
    std::string unfenced_;            // what was said of the fence last
    /// Removing a whole profile may take seconds: nothing else waits for that. The last member, so that no job of it
    /// outlives the others.
    platform::Worker disk_{"browser-disk"};
};

}  // namespace cdp
