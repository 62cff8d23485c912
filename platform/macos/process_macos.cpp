// macOS: kqueue, proc_pidinfo. There is no death signal: a browser ends with its pipe, other children with their own
// limits. Compiled on macOS alone, and not tested there by us.
#ifdef __APPLE__

#include <fcntl.h>
#include <libproc.h>
#include <mach-o/dyld.h>
#include <sys/event.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "platform/process/os.hpp"
#include "platform/process/process.hpp"

namespace platform {
namespace os {

bool die_with_parent(int, pid_t parent) noexcept {
    return ::getppid() == parent;
}

void close_on_exec_from(int first, int limit) noexcept {
    for (int fd = first; fd < limit; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

Result<UniqueFd> watch_exit(pid_t child) {
    UniqueFd queue{::kqueue()};
    if (!queue) return Error{errno, boost::system::system_category()};
    ::fcntl(queue.get(), F_SETFD, FD_CLOEXEC);
    struct kevent change {};
    EV_SET(&change, child, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, nullptr);
    if (::kevent(queue.get(), &change, 1, nullptr, 0, nullptr) != 0) {
        return Error{errno, boost::system::system_category()};
    }
    return queue;
}

}  // namespace os

std::optional<std::uint64_t> process_start_time(pid_t pid) {
    proc_bsdinfo info{};
    if (::proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &info, sizeof info) != sizeof info) return std::nullopt;
    return info.pbi_start_tvsec * 1000000 + info.pbi_start_tvusec;
}

std::vector<pid_t> os::children() {
    std::vector<pid_t> pids(4096);
    const int count = ::proc_listchildpids(::getpid(), pids.data(), static_cast<int>(pids.size() * sizeof(pid_t)));
    pids.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return pids;
}

void os::adopt_orphans(const char*) noexcept {}

std::string os::own_program() {
    std::string path(4096, '\0');
    auto size = static_cast<std::uint32_t>(path.size());
    if (::_NSGetExecutablePath(path.data(), &size) != 0) return {};
    path.resize(std::strlen(path.c_str()));
    return path;
}

bool os::has_live_member(pid_t) {
    return true;
}

std::vector<pid_t> find_processes(const std::function<bool(std::string_view)>&) {
    return {};
}

std::vector<pid_t> find_processes_with(std::string_view) {
    return {};
}

std::size_t group_memory(pid_t group) {
    std::vector<pid_t> pids(4096);
    const int bytes = ::proc_listpids(PROC_PGRP_ONLY, static_cast<std::uint32_t>(group), pids.data(),
                                      static_cast<int>(pids.size() * sizeof(pid_t)));
    std::size_t sum = 0;
    for (int i = 0; i < bytes / static_cast<int>(sizeof(pid_t)); ++i) {
        proc_taskinfo info{};
        if (::proc_pidinfo(pids[static_cast<std::size_t>(i)], PROC_PIDTASKINFO, 0, &info, sizeof info) > 0) {
            sum += info.pti_resident_size;
        }
    }
    return sum;
}

}  // namespace platform

#endif
