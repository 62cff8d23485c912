#include "agent/relay/spool_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "agent/relay/spool_trim.hpp"
#include "agent/relay/spool_trouble.hpp"
#include "platform/os_error.hpp"
#include "platform/unique_fd.hpp"

namespace relay {
namespace {

using platform::last_error;
using platform::UniqueFd;
namespace errc = boost::system::errc;

constexpr mode_t private_mode = 0600;
constexpr mode_t group_mode = 0060;

UniqueFd open_below(const UniqueFd& folder, const std::string& name, int flags) {
    // O_NONBLOCK: a FIFO must not hold the worker up.
    return UniqueFd{::openat(folder.get(), name.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, private_mode)};
}

UniqueFd open_folder(const std::string& folder) {
    return UniqueFd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
}

/// How many bytes it has. A file with a second name may be anybody's.
Result<std::size_t> size_of(const UniqueFd& file) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return last_error();
    if (!S_ISREG(status.st_mode) || status.st_nlink != 1) return errc::make_error_code(errc::no_such_file_or_directory);
    return static_cast<std::size_t>(status.st_size);
}

/// A folder that is shared by group has files that are: the browser runs as another user.
Error share_as_folder(const UniqueFd& folder, const UniqueFd& file) {
    struct stat status {};
    if (::fstat(folder.get(), &status) != 0) return last_error();
    if ((status.st_mode & group_mode) == 0) return {};
    if (::fchown(file.get(), static_cast<uid_t>(-1), status.st_gid) != 0) return last_error();
    return ::fchmod(file.get(), private_mode | (status.st_mode & group_mode)) == 0 ? Error{} : last_error();
}

Error write_at(const UniqueFd& file, std::size_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return written == 0 ? errc::make_error_code(errc::io_error) : last_error();
        bytes.remove_prefix(static_cast<std::size_t>(written));
        offset += static_cast<std::size_t>(written);
    }
    return {};
}

/// For so many bytes more, and so many files more.
Error make_room(const SpoolSettings& settings, std::size_t bytes, std::size_t files) {
    const Error full = errc::make_error_code(errc::no_space_on_device);
    if (bytes > settings.quota || files > settings.max_files) return full;
    const auto use = trim_spool(settings.folder, settings.quota - bytes, settings.max_files - files);
    if (!use) return use.error();
    const bool fits = use->bytes + bytes <= settings.quota && use->disk_room >= bytes + spool_least_room;
    return fits ? Error{} : full;
}

}  // namespace

Result<SpoolPiece> read_spool_file(const std::string& folder, const std::string& name, std::size_t offset,
                                   std::size_t most) {
    const UniqueFd in = open_folder(folder);
    if (!in) return last_error();
    const UniqueFd file = open_below(in, name, O_RDONLY);
    if (!file) return last_error();
    const auto size = size_of(file);
    if (!size) return size.error();
    SpoolPiece piece{.bytes = {}, .size = *size};
    if (offset >= *size) return piece;
    piece.bytes.resize(std::min(most, *size - offset));
    std::size_t have = 0;
    while (have < piece.bytes.size()) {
        const ssize_t got = ::pread(file.get(), piece.bytes.data() + have, piece.bytes.size() - have,
                                    static_cast<off_t>(offset + have));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return last_error();
        if (got == 0) break;  // somebody has cut it
        have += static_cast<std::size_t>(got);
    }
    piece.bytes.resize(have);
    return piece;
}

Error put_spool_file(const SpoolSettings& settings, const std::string& name, std::size_t offset, std::string_view bytes,
                     PutMode mode) {
    if (const Error ec = make_room(settings, bytes.size(), offset == 0 ? 1 : 0)) return ec;
    const UniqueFd in = open_folder(settings.folder);
    if (!in) return last_error();
    const int how = offset > 0 ? 0 : mode == PutMode::fresh ? O_CREAT | O_EXCL : O_CREAT;
    const UniqueFd file = open_below(in, name, O_RDWR | how);
    if (!file) return last_error();
    const auto size = size_of(file);
    if (!size) return size.error();
    if (offset > *size) return errc::make_error_code(errc::invalid_argument);
    Error failed = offset == 0 ? share_as_folder(in, file) : Error{};
    if (!failed && ::ftruncate(file.get(), static_cast<off_t>(offset)) != 0) failed = last_error();
    if (!failed) failed = write_at(file, offset, bytes);
    if (!failed) return {};
    if (::ftruncate(file.get(), static_cast<off_t>(offset)) != 0 || offset == 0) ::unlinkat(in.get(), name.c_str(), 0);
    return failed;
}

void remove_spool_files(const std::string& folder, const std::vector<std::string>& names) {
    const UniqueFd in = open_folder(folder);
    if (!in) return;
    for (const std::string& name : names) ::unlinkat(in.get(), name.c_str(), 0);
}

}  // namespace relay
