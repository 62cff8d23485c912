// Makes one system call fail once: a library for LD_PRELOAD. Calls about files below $FAIL_FOLDER are counted by name,
// over all threads, and written to $FAIL_LOG; the one of the name $FAIL_CALL with the number $FAIL_NUMBER fails with
// the errno $FAIL_ERROR. All else goes on to libc.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

std::string_view setting(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

bool is_below(std::string_view path) {
    const std::string_view folder = setting("FAIL_FOLDER");
    return !folder.empty() && path.starts_with(folder);
}

std::string path_of(int fd) {
    std::array<char, PATH_MAX> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
    return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : std::string();
}

void note(const std::string& line) {
    const std::string log(setting("FAIL_LOG"));
    const long fd = ::syscall(SYS_openat, AT_FDCWD, log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) return;
    ::syscall(SYS_write, fd, line.data(), line.size());
    ::syscall(SYS_close, fd);
}

/// Counts the call; true: it fails, and errno says why. `path` is what it is about.
bool fails_counted(std::atomic<int>& count, const char* name, const std::string& path) {
    const int number = ++count;
    const bool now = setting("FAIL_CALL") == name && setting("FAIL_NUMBER") == std::to_string(number);
    note(std::string(name) + ' ' + std::to_string(number) + ' ' + path + (now ? " failed\n" : "\n"));
    if (now) errno = std::atoi(std::string(setting("FAIL_ERROR")).c_str());
    return now;
}

bool fails(std::atomic<int>& count, const char* name, const std::string& path) {
    return is_below(path) && fails_counted(count, name, path);
}

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

int open_next(const char* path, int flags, mode_t mode) {
    static std::atomic<int> count;
    if (fails(count, "open", path)) return -1;
    return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const auto mode = static_cast<mode_t>((flags & O_CREAT) != 0 ? va_arg(rest, int) : 0);
    va_end(rest);
    return open_next(path, flags, mode);
}
int __open_2(const char* path, int flags) {
    return open_next(path, flags, 0);
}
int open64(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const auto mode = static_cast<mode_t>((flags & O_CREAT) != 0 ? va_arg(rest, int) : 0);
    va_end(rest);
    return open_next(path, flags, mode);
}
ssize_t write(int fd, const void* data, size_t size) {
    static std::atomic<int> count;
    static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
    return fails(count, "write", path_of(fd)) ? -1 : real(fd, data, size);
}
int fsync(int fd) {
    static std::atomic<int> count;
    static auto* const real = next<int(int)>("fsync");
    return fails(count, "fsync", path_of(fd)) ? -1 : real(fd);
}
int fdatasync(int fd) {
    static std::atomic<int> count;
    static auto* const real = next<int(int)>("fdatasync");
    return fails(count, "fdatasync", path_of(fd)) ? -1 : real(fd);
}
int ftruncate(int fd, off_t size) {
    static std::atomic<int> count;
    static auto* const real = next<int(int, off_t)>("ftruncate");
    return fails(count, "ftruncate", path_of(fd)) ? -1 : real(fd, size);
}
int fchmod(int fd, mode_t mode) {
    static std::atomic<int> count;
    static auto* const real = next<int(int, mode_t)>("fchmod");
    return fails(count, "fchmod", path_of(fd)) ? -1 : real(fd, mode);
}
int rename(const char* from, const char* to) noexcept {
    static std::atomic<int> count;
    static auto* const real = next<int(const char*, const char*)>("rename");
    return fails(count, "rename", to) ? -1 : real(from, to);
}
int mkdir(const char* path, mode_t mode) noexcept {
    static std::atomic<int> count;
    static auto* const real = next<int(const char*, mode_t)>("mkdir");
    return fails(count, "mkdir", path) ? -1 : real(path, mode);
}
int connect(int fd, const sockaddr* address, socklen_t size) {
    static std::atomic<int> count;
    static auto* const real = next<int(int, const sockaddr*, socklen_t)>("connect");
    const bool ip = address->sa_family == AF_INET || address->sa_family == AF_INET6;
    return ip && fails_counted(count, "connect", "address") ? -1 : real(fd, address, size);
}
int pipe2(int* ends, int flags) noexcept {
    static std::atomic<int> count;
    static auto* const real = next<int(int*, int)>("pipe2");
    return fails_counted(count, "pipe2", "pipe") ? -1 : real(ends, flags);
}
int socketpair(int domain, int type, int protocol, int* ends) noexcept {
    static std::atomic<int> count;
    static auto* const real = next<int(int, int, int, int*)>("socketpair");
    return fails_counted(count, "socketpair", "pair") ? -1 : real(domain, type, protocol, ends);
}
pid_t fork() noexcept {
    static std::atomic<int> count;
    static auto* const real = next<pid_t()>("fork");
    return fails_counted(count, "fork", "child") ? -1 : real();
}
int unlink(const char* path) noexcept {
    static std::atomic<int> count;
    static auto* const real = next<int(const char*)>("unlink");
    return fails(count, "unlink", path) ? -1 : real(path);
}
}
