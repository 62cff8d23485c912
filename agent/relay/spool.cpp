#include "agent/relay/spool.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "platform/file.hpp"
#include "platform/log.hpp"
#include "platform/os_error.hpp"
#include "platform/trust.hpp"
#include "platform/unique_fd.hpp"
#include "platform/worker.hpp"

namespace relay {
namespace {

using platform::last_error;
using platform::UniqueFd;
namespace errc = boost::system::errc;

struct Entry {
    std::string name;
    std::size_t bytes;
    timespec changed;
};

bool older(const Entry& a, const Entry& b) noexcept {
    if (a.changed.tv_sec != b.changed.tv_sec) return a.changed.tv_sec < b.changed.tv_sec;
    return a.changed.tv_nsec < b.changed.tv_nsec;
}

Result<UniqueFd> open_folder(const std::filesystem::path& folder) {
    UniqueFd fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!fd) return last_error();
    return fd;
}

// Everything in the folder that is no folder itself. Links count as what they are: an entry, nothing behind it.
Result<std::vector<Entry>> list(int folder) {
    const int copy = ::fcntl(folder, F_DUPFD_CLOEXEC, 0);
    DIR* const stream = copy >= 0 ? ::fdopendir(copy) : nullptr;
    if (stream == nullptr) return last_error();
    ::rewinddir(stream);
    std::vector<Entry> entries;
    while (const dirent* const one = ::readdir(stream)) {
        struct stat status {};
        if (::fstatat(folder, one->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(status.st_mode)) continue;
        entries.push_back({one->d_name, static_cast<std::size_t>(status.st_size), status.st_mtim});
    }
    ::closedir(stream);
    return entries;
}

bool is_group_of_ours(gid_t group) {
    if (group == ::getegid()) return true;
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    if (count < 0) return false;
    groups.resize(static_cast<std::size_t>(count));
    return std::find(groups.begin(), groups.end(), group) != groups.end();
}

}  // namespace

Error prepare_spool(const std::filesystem::path& folder) {
    if (!folder.is_absolute()) return errc::make_error_code(errc::invalid_argument);
    std::error_code error;
    std::filesystem::create_directories(folder.parent_path(), error);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return last_error();
    const auto fd = open_folder(folder);
    if (!fd) return fd.error();
    struct stat status {};
    if (::fstat(fd->get(), &status) != 0) return last_error();
    if ((status.st_mode & S_IWOTH) != 0) return errc::make_error_code(errc::permission_denied);
    const bool ours = status.st_uid == ::geteuid() || status.st_uid == 0;
    // The browser host's user may share one with us by a group.
    if (!ours && ((status.st_mode & S_IWGRP) == 0 || !is_group_of_ours(status.st_gid)))
        return platform::FileErrc::foreign_owner;
    const auto wrong = platform::why_not_trusted(folder.parent_path(), platform::Sharing::sticky);
    return wrong.empty() ? Error{} : Error{platform::FileErrc::open_way};
}

Result<SpoolUse> trim_spool(const std::filesystem::path& folder, std::size_t quota) {
    const auto fd = open_folder(folder);
    if (!fd) return fd.error();
    auto entries = list(fd->get());
    if (!entries) return entries.error();
    SpoolUse use;
    for (const Entry& entry : *entries) use.bytes += entry.bytes;
    std::sort(entries->begin(), entries->end(), older);
    for (const Entry& entry : *entries) {
        if (use.bytes <= quota) break;
        if (::unlinkat(fd->get(), entry.name.c_str(), 0) != 0) continue;
        use.bytes -= entry.bytes;
        ++use.removed;
    }
    use.files = entries->size() - use.removed;
    return use;
}

Error empty_spool(const std::filesystem::path& folder) {
    const auto fd = open_folder(folder);
    if (!fd) return fd.error() == errc::no_such_file_or_directory ? Error{} : fd.error();
    const auto entries = list(fd->get());
    if (!entries) return entries.error();
    Error failed;
    for (const Entry& entry : *entries) {
        if (::unlinkat(fd->get(), entry.name.c_str(), 0) != 0 && errno != ENOENT) failed = last_error();
    }
    return failed;
}

struct Spool::Impl {
    Impl(net::any_io_executor executor, const SpoolSettings& chosen, platform::Worker& worker)
        : settings{chosen}, files{worker}, timer{std::move(executor)} {}

    void tell(const Result<SpoolUse>& found) {
        const Error error = found ? Error{} : found.error();
        if (found) use = *found;
        if (found && found->removed > 0) {
            platform::log::warning(
                "The spool folder was over its quota of {} bytes: {} of its oldest files were removed.", settings.quota,
                found->removed);
        }
        if (error && error != last) {
            platform::log::error("The spool folder {} cannot be looked through: {}", settings.folder, error.message());
        }
        last = error;
    }

    SpoolSettings settings;
    platform::Worker& files;
    platform::Timer timer;
    SpoolUse use;
    Error last;
    bool stopping = false;
};

Spool::Spool(net::any_io_executor executor, const SpoolSettings& settings, platform::Worker& files)
    : impl_{std::make_unique<Impl>(std::move(executor), settings, files)} {}

Spool::~Spool() = default;

SpoolUse Spool::use() const noexcept {
    return impl_->use;
}

awaitable<Error> Spool::run() {
    while (!impl_->stopping) {
        if (impl_->settings.folder.empty()) {
            impl_->timer.expires_at(TimePoint::max());
        } else {
            auto trim = [folder = impl_->settings.folder, quota = impl_->settings.quota] {
                return trim_spool(folder, quota);
            };
            auto found = co_await platform::run_blocking(impl_->files, std::move(trim));
            if (impl_->stopping) break;
            impl_->tell(found);
            impl_->timer.expires_after(impl_->settings.check_every);
        }
        co_await impl_->timer.async_wait(no_throw);
    }
    co_return Error{};
}

void Spool::stop() {
    impl_->stopping = true;
    impl_->timer.cancel();
}

}  // namespace relay
