// The program's own open(), write() and so on stand before those of libc.
#include "tests/unit/failing_calls/calls.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <mutex>

namespace {

/// What is to fail, and what has failed.
struct Watch {
    std::mutex guard;
    std::size_t left = 0;  // calls until the one that fails; 0: none does
    std::string folder;
    failing_calls::Failure how;
    std::string failed;
};
Watch watch;

std::string path_of(int fd) {
    std::array<char, PATH_MAX> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
    return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : std::string();
}

/// Whether it is the turn of this call, which is about `path`.
bool is_due(const char* name, const std::string& path) {
    if (watch.left == 0 || !path.starts_with(watch.folder + '/') || --watch.left > 0) return false;
    watch.failed +=
        std::string(watch.failed.empty() ? "" : ", then ") + name + " of " + path.substr(watch.folder.size() + 1);
    return true;
}

/// Counts the call. True: it fails, and errno says why.
bool fails(const char* name, const std::string& path) {
    const std::lock_guard lock{watch.guard};
    if (!is_due(name, path)) return false;
    errno = watch.how.error;
    return true;
}

/// Counts a write of so many bytes. How many of them are written; -1: it fails, and errno says why.
ssize_t writable(const char* name, int fd, std::size_t size) {
    const std::lock_guard lock{watch.guard};
    if (watch.left == 0 || !is_due(name, path_of(fd))) return static_cast<ssize_t>(size);
    if (watch.how.writes_a_part && size > 1) {
        watch.left = 1;
        watch.how.writes_a_part = false;
        return static_cast<ssize_t>(size / 2);
    }
    errno = watch.how.error;
    return -1;
}

int open_next(int in, const char* path, int flags, mode_t mode) {
    const std::string whole = path[0] == '/' || in == AT_FDCWD ? path : path_of(in) + '/' + path;
    const bool changes = (flags & O_ACCMODE) != O_RDONLY;
    // The folder itself is opened for a file without a name.
    if (changes && fails("open", whole == watch.folder ? whole + "/(no name)" : whole)) return -1;
    return static_cast<int>(::syscall(SYS_openat, in, path, flags, mode));
}

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

mode_t mode_in(int flags, va_list rest) {
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? static_cast<mode_t>(va_arg(rest, int)) : 0;
}

ssize_t write_next(const char* name, int fd, const void* data, std::size_t size, long offset) {
    const ssize_t taken = writable(name, fd, size);
    if (taken < 0) return -1;
    const auto count = static_cast<std::size_t>(taken);
    return offset < 0 ? ::syscall(SYS_write, fd, data, count) : ::syscall(SYS_pwrite64, fd, data, count, offset);
}

}  // namespace

namespace failing_calls {

void fail_at(std::size_t n, const std::string& below, Failure failure) {
    const std::lock_guard lock{watch.guard};
    watch.left = n;
    watch.folder = below;
    watch.how = failure;
    watch.failed.clear();
}

std::string failed_call() {
    const std::lock_guard lock{watch.guard};
    return watch.failed;
}

}  // namespace failing_calls

extern "C" {

int open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = mode_in(flags, rest);
    va_end(rest);
    return open_next(AT_FDCWD, path, flags, mode);
}
int __open_2(const char* path, int flags) {
    return open_next(AT_FDCWD, path, flags, 0);
}
int openat(int in, const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = mode_in(flags, rest);
    va_end(rest);
    return open_next(in, path, flags, mode);
}
int __openat_2(int in, const char* path, int flags) {
    return open_next(in, path, flags, 0);
}
ssize_t write(int fd, const void* data, size_t size) {
    return write_next("write", fd, data, size, -1);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
    return write_next("pwrite", fd, data, size, offset);
}
int ftruncate(int fd, off_t size) noexcept {
    return fails("ftruncate", path_of(fd)) ? -1 : static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}
int fchmod(int fd, mode_t mode) noexcept {
    return fails("fchmod", path_of(fd)) ? -1 : static_cast<int>(::syscall(SYS_fchmod, fd, mode));
}
int fchown(int fd, uid_t user, gid_t group) noexcept {
    return fails("fchown", path_of(fd)) ? -1 : static_cast<int>(::syscall(SYS_fchown, fd, user, group));
}
int rename(const char* from, const char* to) noexcept {
    static auto* const real = next<int(const char*, const char*)>("rename");
    return fails("rename", to) ? -1 : real(from, to);
}
int link(const char* from, const char* to) noexcept {
    static auto* const real = next<int(const char*, const char*)>("link");
    return fails("link", to) ? -1 : real(from, to);
}
int unlink(const char* path) noexcept {
    static auto* const real = next<int(const char*)>("unlink");
    return fails("unlink", path) ? -1 : real(path);
}
int unlinkat(int in, const char* path, int flags) noexcept {
    const bool whole = path[0] == '/' || in == AT_FDCWD;
    return fails("unlinkat", whole ? path : path_of(in) + '/' + path)
               ? -1
               : static_cast<int>(::syscall(SYS_unlinkat, in, path, flags));
}
}
