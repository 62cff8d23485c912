// Linux: pidfd, PR_SET_PDEATHSIG and /proc.
#include <dirent.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "platform/process/os.hpp"
#include "platform/process/process.hpp"

namespace platform {
namespace os {

bool die_with_parent(int signal, pid_t parent) noexcept {
    if (::prctl(PR_SET_PDEATHSIG, signal) != 0) return false;
    return ::getppid() == parent;  // it may have died before the call above
}

void close_on_exec_from(int first, int limit) noexcept {
    constexpr unsigned cloexec_flag = 1U << 2;  // CLOSE_RANGE_CLOEXEC, since Linux 5.11
    if (::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, cloexec_flag) == 0) return;
    for (int fd = first; fd < limit; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

Result<UniqueFd> watch_exit(pid_t child) {
    UniqueFd fd{static_cast<int>(::syscall(SYS_pidfd_open, child, 0))};
    if (!fd) return Error{errno, boost::system::system_category()};
    return fd;
}

}  // namespace os

namespace {

/// More than any line of /proc that we look at; command lines may be longer, their first arguments are enough.
constexpr std::size_t proc_file_limit = 64 * 1024;
/// As much environment as a program may be started with (a quarter of the usual 8 MiB of stack).
constexpr std::size_t environment_limit = 2 * 1024 * 1024;

std::string read_proc(pid_t pid, const char* name, std::size_t limit = proc_file_limit) {
    const auto path = "/proc/" + std::to_string(pid) + "/" + name;
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    std::string text;
    if (!fd) return text;
    char piece[4096];
    while (text.size() < limit) {
        const auto n = ::read(fd.get(), piece, sizeof piece);
        if (n <= 0) break;
        text.append(piece, static_cast<std::size_t>(n));
    }
    return text;
}

constexpr int parent_field = 4;
constexpr int group_field = 5;

/// Field `index` (as proc(5) counts, from 1) of /proc/pid/stat; those after the name, which may hold anything.
std::optional<std::uint64_t> stat_field(pid_t pid, int index) {
    const auto text = read_proc(pid, "stat");
    auto at = text.rfind(')');
    for (int field = 2; at != std::string::npos && field < index; ++field) at = text.find(' ', at + 1);
    if (at == std::string::npos) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, ec] = std::from_chars(text.data() + at + 1, text.data() + text.size(), value);
    if (ec != std::errc{}) return std::nullopt;
    return value;
}

/// Calls `visit(pid)` for every process.
template <class Visit>
void each_process(Visit visit) {
    DIR* folder = ::opendir("/proc");
    if (folder == nullptr) return;
    while (const dirent* entry = ::readdir(folder)) {
        const std::string_view name{entry->d_name};
        pid_t pid = 0;
        const auto [end, ec] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (ec != std::errc{} || end != name.data() + name.size()) continue;
        visit(pid);
    }
    ::closedir(folder);
}

/// By its status file: the folder of a sandboxed process belongs to root, even if another user runs it.
bool is_of_this_user(pid_t pid) {
    const auto status = read_proc(pid, "status");
    const auto at = status.find("\nUid:");
    if (at == std::string::npos) return false;
    return std::strtoul(status.c_str() + at + 5, nullptr, 10) == ::getuid();
}

bool has_argument(std::string_view cmdline, const std::function<bool(std::string_view)>& wanted) {
    while (!cmdline.empty()) {
        // Chrome rewrites the command line of its children: there spaces stand where NUL bytes were.
        const auto end = cmdline.find_first_of(std::string_view{"\0 ", 2});
        if (wanted(cmdline.substr(0, end))) return true;
        if (end == std::string_view::npos) return false;
        cmdline.remove_prefix(end + 1);
    }
    return false;
}

/// Proportional set size where we may read it; sandboxed processes hide it, then what is resident and not shared.
std::size_t memory_of(pid_t pid) {
    const auto rollup = read_proc(pid, "smaps_rollup");
    const auto at = rollup.find("\nPss:");
    if (at != std::string::npos) return std::strtoull(rollup.c_str() + at + 5, nullptr, 10) * 1024;
    unsigned long long total = 0;
    unsigned long long resident = 0;
    unsigned long long shared = 0;
    const auto statm = read_proc(pid, "statm");
    if (std::sscanf(statm.c_str(), "%llu %llu %llu", &total, &resident, &shared) != 3 || resident < shared) return 0;
    return static_cast<std::size_t>(resident - shared) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

std::vector<pid_t> os::children() {
    std::vector<pid_t> found;
    each_process([&](pid_t pid) {
        if (stat_field(pid, parent_field) == static_cast<std::uint64_t>(::getpid())) found.push_back(pid);
    });
    return found;
}

void os::adopt_orphans(const char* name) noexcept {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::prctl(PR_SET_NAME, name);
}

std::string os::own_program() {
    constexpr const char* link = "/proc/self/exe";
    if (::access(link, X_OK) == 0) return link;
    const auto* started_as = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));  // no /proc here
    return started_as != nullptr ? started_as : link;
}

bool os::has_live_member(pid_t group) {
    bool found = false;
    each_process([&](pid_t pid) {
        if (found || stat_field(pid, group_field) != static_cast<std::uint64_t>(group)) return;
        const auto text = read_proc(pid, "stat");
        const auto state = text.rfind(") ");
        found =
            state != std::string::npos && state + 2 < text.size() && text[state + 2] != 'Z' && text[state + 2] != 'X';
    });
    return found;
}

std::optional<std::uint64_t> process_start_time(pid_t pid) {
    constexpr int start_time_field = 22;
    return stat_field(pid, start_time_field);
}

std::vector<pid_t> find_processes(const std::function<bool(std::string_view argument)>& wanted) {
    std::vector<pid_t> found;
    each_process([&](pid_t pid) {
        if (!is_of_this_user(pid)) return;
        if (has_argument(read_proc(pid, "cmdline"), wanted)) found.push_back(pid);
    });
    return found;
}

std::vector<pid_t> find_processes_with(std::string_view entry) {
    std::vector<pid_t> found;
    each_process([&](pid_t pid) {
        if (pid == ::getpid() || !is_of_this_user(pid)) return;
        const auto environment = read_proc(pid, "environ", environment_limit);
        for (std::string_view rest{environment}; !rest.empty();) {
            const auto end = std::min(rest.find('\0'), rest.size());
            if (rest.substr(0, end) == entry) return found.push_back(pid);
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    });
    return found;
}

std::size_t group_memory(pid_t group) {
    std::size_t sum = 0;
    each_process([&](pid_t pid) {
        const auto its_group = stat_field(pid, group_field);
        if (its_group && *its_group == static_cast<std::uint64_t>(group)) sum += memory_of(pid);
    });
    return sum;
}

}  // namespace platform
