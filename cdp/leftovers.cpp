#include "cdp/leftovers.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

#include "cdp/temporary_folder.hpp"
#include "platform/process/os.hpp"
#include "platform/process/process.hpp"

namespace cdp {
namespace {

namespace fs = std::filesystem;

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

/// Waits a moment until it has ended: one that still writes would fill what is being removed.
void end_process(pid_t pid) {
    constexpr int patience_ms = 500;
    const auto ended = platform::os::watch_exit(pid);
    ::kill(pid, SIGKILL);
    if (!ended) return;
    pollfd watched{ended->get(), POLLIN, 0};
    ::poll(&watched, 1, patience_ms);
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
        if (!is_leftover(entry.path())) continue;
        for (const auto pid : processes_in(entry.path())) end_process(pid);
        std::error_code ignored;
        if (fs::remove_all(entry.path(), ignored) > 0) ++removed;
    }
    return removed;
}

Error sweep_all_leftovers(const std::string& runtime_folder) {
    bool left = false;
    for (const auto& base : {temporary_base(runtime_folder), snap_base(), fs::path{short_base}}) {
        if (base.empty()) continue;
        sweep_leftovers(base);
        std::error_code failed;
        for (const auto& entry : fs::directory_iterator{base, failed}) left = left || is_leftover(entry.path());
    }
    return left ? boost::system::errc::make_error_code(boost::system::errc::directory_not_empty) : Error{};
}

}  // namespace cdp
