#include "agent/relay/spool_trim.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <string_view>

#include "platform/os_error.hpp"

namespace relay {
namespace {

using platform::last_error;
using platform::UniqueFd;

/// A download counts as over when its file was not written to for this time.
constexpr Duration in_work_idle_limit = std::chrono::hours{1};
constexpr std::size_t block = 512;  // bytes, of st_blocks

struct Entry {
    std::string name;
    std::size_t bytes;
    timespec changed;
    bool in_work;
};

bool is_in_work(const std::string& name, const struct stat& status, std::time_t now) noexcept {
    const auto idle = std::chrono::seconds{now - status.st_mtim.tv_sec};
    return S_ISREG(status.st_mode) && std::string_view{name}.ends_with(in_work_suffix) && idle < in_work_idle_limit;
}

bool older(const Entry& a, const Entry& b) noexcept {
    if (a.changed.tv_sec != b.changed.tv_sec) return a.changed.tv_sec < b.changed.tv_sec;
    return a.changed.tv_nsec < b.changed.tv_nsec;
}

// Everything in the folder that is no folder itself. Links count as what they are: an entry, nothing behind it.
Result<std::vector<Entry>> list(int folder) {
    const int copy = ::fcntl(folder, F_DUPFD_CLOEXEC, 0);
    DIR* const stream = copy >= 0 ? ::fdopendir(copy) : nullptr;
    if (stream == nullptr) return last_error();
    ::rewinddir(stream);
    std::vector<Entry> entries;
    const std::time_t now = std::time(nullptr);
    while (const dirent* const one = ::readdir(stream)) {
        struct stat status {};
        if (::fstatat(folder, one->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(status.st_mode)) continue;
        std::string name = one->d_name;
        const bool in_work = is_in_work(name, status, now);
        const auto bytes =
            in_work ? static_cast<std::size_t>(status.st_blocks) * block : static_cast<std::size_t>(status.st_size);
        entries.push_back({std::move(name), bytes, status.st_mtim, in_work});
    }
    ::closedir(stream);
    return entries;
}

}  // namespace

Result<UniqueFd> open_spool(const std::filesystem::path& folder) {
    UniqueFd fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!fd) return last_error();
    return fd;
}

Result<SpoolUse> trim_spool(const std::filesystem::path& folder, std::size_t quota, std::size_t max_files) {
    const auto fd = open_spool(folder);
    if (!fd) return fd.error();
    auto entries = list(fd->get());
    if (!entries) return entries.error();
    SpoolUse use;
    struct statvfs disk {};
    if (::fstatvfs(fd->get(), &disk) != 0) return last_error();
    use.disk_room = static_cast<std::size_t>(disk.f_bavail) * disk.f_frsize;
    use.files = entries->size();
    for (const Entry& entry : *entries) {
        use.bytes += entry.bytes;
        if (!entry.in_work) continue;
        use.in_work.push_back({entry.name.substr(0, entry.name.size() - in_work_suffix.size()), entry.bytes});
    }
    std::sort(entries->begin(), entries->end(), older);
    for (const Entry& entry : *entries) {
        if (use.bytes <= quota && use.files <= max_files) break;
        if (entry.in_work || ::unlinkat(fd->get(), entry.name.c_str(), 0) != 0) continue;
        use.bytes -= entry.bytes;
        --use.files;
        ++use.removed;
    }
    return use;
}

Error cut_download(const std::filesystem::path& folder, const std::string& guid) {
    const auto fd = open_spool(folder);
    if (!fd) return fd.error();
    const std::string name = guid + std::string{in_work_suffix};
    if (name.find('/') != std::string::npos)
        return boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
    const UniqueFd file{::openat(fd->get(), name.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    if (!file) return last_error();
    return ::ftruncate(file.get(), 0) == 0 ? Error{} : last_error();
}

}  // namespace relay
