#include "cdp/leftovers.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "cdp/temporary_folder.hpp"
#include "platform/process/os.hpp"
#include "platform/process/process.hpp"

namespace cdp {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

int milliseconds_until(Clock::time_point deadline) {
    using std::chrono::milliseconds;
    return static_cast<int>(std::chrono::duration_cast<milliseconds>(deadline - Clock::now()).count());
}

bool is_ours(const fs::path& folder) {
    struct stat status {};
    return ::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == ::geteuid();
}

bool is_abandoned(const fs::path& folder, const FolderOwner& owner) {
    const auto running = platform::process_start_time(owner.pid);
    if (running && *running == owner.start_time) return false;
    return !is_locked(folder);
}

bool is_leftover(const fs::path& folder) {
    const auto owner = owner_of(folder.filename().string());
    return owner && is_ours(folder) && is_abandoned(folder, *owner);
}

/// Waits a moment until they have ended: one that still writes would fill what is being removed.
void end_processes(const std::vector<pid_t>& processes) {
    constexpr std::chrono::milliseconds patience{500};
    std::vector<platform::UniqueFd> running;
    for (const auto pid : processes) {
        if (auto ended = platform::os::watch_exit(pid)) running.push_back(std::move(*ended));
        ::kill(pid, SIGKILL);
    }
    const auto deadline = Clock::now() + patience;
    for (const auto& process : running) {
        pollfd watched{process.get(), POLLIN, 0};
        ::poll(&watched, 1, std::max(0, milliseconds_until(deadline)));
    }
}

/// False: it is still there, or there again.
bool remove_leftover(const fs::path& folder) {
    end_processes(processes_in(folder));
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    return !fs::exists(fs::symlink_status(folder, ignored));
}

bool has_leftovers(const fs::path& base) {
    std::error_code failed;
    const fs::directory_iterator entries{base, failed};
    return std::any_of(begin(entries), end(entries), [](const auto& entry) { return is_leftover(entry.path()); });
}

}  // namespace

std::vector<pid_t> processes_in(const fs::path& folder) {
    const auto needle = folder.string();
    return platform::find_processes([&needle](std::string_view argument) {
        const auto at = argument.find(needle);
        if (at == std::string_view::npos) return false;
        const auto rest = argument.substr(at + needle.size());
        return rest.empty() || rest.front() == '/';
    });
}

std::size_t sweep_leftovers(const fs::path& base) {
    std::size_t removed = 0;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator{base, failed}) {
        if (is_leftover(entry.path()) && remove_leftover(entry.path())) ++removed;
    }
    return removed;
}

Error sweep_all_leftovers(const std::string& runtime_folder, std::chrono::milliseconds patience) {
    constexpr int pause_ms = 20;
    const auto deadline = Clock::now() + patience;
    for (const auto& base : {temporary_base(runtime_folder), snap_base(), fs::path{short_base}}) {
        if (base.empty()) continue;
        sweep_leftovers(base);
        while (has_leftovers(base)) {
            if (Clock::now() >= deadline) return make_error_code(boost::system::errc::directory_not_empty);
            ::poll(nullptr, 0, pause_ms);
            sweep_leftovers(base);
        }
    }
    return {};
}

}  // namespace cdp
