#include "cdp/profile.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "platform/file.hpp"
#include "platform/os_error.hpp"
#include "platform/process/os.hpp"
#include "platform/process/process.hpp"
#include "platform/trust.hpp"

namespace cdp {
namespace {

using platform::last_error;

namespace fs = std::filesystem;

constexpr std::string_view prefix = "bmc-browser-";
constexpr const char* lock_name = "owner.lock";

template <class Number>
bool read_number(std::string_view& text, Number& number) {
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || end == text.data() + text.size() || *end != '-') return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    return true;
}

/// The folder's lock, if nobody holds it: then nobody who is alive owns the folder, whatever pid namespace he is in.
platform::UniqueFd take_lock(const fs::path& folder, int flags) {
    platform::UniqueFd lock{::open((folder / lock_name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600)};
    if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) lock.reset();
    return lock;
}

bool is_ours(const fs::path& folder) {
    struct stat status {};
    return ::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == ::geteuid();
}

bool is_abandoned(const fs::path& folder, const FolderOwner& owner) {
    const auto running = platform::process_start_time(owner.pid);
    if (running && *running == owner.start_time) return false;
    std::error_code ignored;
    if (!fs::exists(folder / lock_name, ignored)) return true;
    return static_cast<bool>(take_lock(folder, 0));
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

Result<TemporaryFolder> TemporaryFolder::create(const fs::path& base) {
    if (const Error ec = platform::make_folders(base)) return ec;
    if (!platform::why_not_trusted(base, platform::Sharing::sticky).empty()) return platform::FileErrc::open_way;
    const auto pid = ::getpid();
    const auto start = platform::process_start_time(pid).value_or(0);
    auto name = base / (std::string{prefix} + std::to_string(pid) + "-" + std::to_string(start) + "-XXXXXX");
    auto text = name.string();
    if (::mkdtemp(text.data()) == nullptr) return last_error();
    TemporaryFolder folder;
    folder.path_ = text;
    folder.lock_ = take_lock(folder.path_, O_CREAT);
    if (!folder.lock_) return last_error();
    return folder;
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept
    : path_{std::move(other.path_)}, lock_{std::move(other.lock_)} {
    other.path_.clear();
}

TemporaryFolder& TemporaryFolder::operator=(TemporaryFolder&& other) noexcept {
    if (this != &other) {
        remove();
        path_ = std::move(other.path_);
        lock_ = std::move(other.lock_);
        other.path_.clear();
    }
    return *this;
}

TemporaryFolder::~TemporaryFolder() {
    remove();
}

bool TemporaryFolder::remove() noexcept {
    if (path_.empty()) return true;
    std::error_code failed;
    fs::remove_all(path_, failed);
    std::error_code ignored;
    if (fs::exists(path_, ignored)) return false;
    path_.clear();
    return true;
}

std::optional<FolderOwner> owner_of(std::string_view folder_name) {
    if (!folder_name.starts_with(prefix)) return std::nullopt;
    folder_name.remove_prefix(prefix.size());
    FolderOwner owner;
    if (!read_number(folder_name, owner.pid) || !read_number(folder_name, owner.start_time)) return std::nullopt;
    if (owner.pid <= 0 || folder_name.empty()) return std::nullopt;
    return owner;
}

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

fs::path snap_base() {
    const char* home = std::getenv("HOME");
    return home != nullptr ? fs::path{home} / "snap/chromium/common/bmc-agent" : fs::path{};
}

fs::path temporary_base(const std::string& configured) {
    if (!configured.empty()) return configured;
    const char* folder = std::getenv("TMPDIR");
    return folder != nullptr && *folder == '/' ? folder : "/tmp";
}

}  // namespace cdp
