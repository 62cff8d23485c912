#include "platform/process/child_plan.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "platform/process/enclosure.hpp"
#include "platform/process/os.hpp"

namespace platform {
namespace {

/// Passed descriptors are first moved up here, so that no source is overwritten by an earlier target.
constexpr int parking_place = 16;
constexpr int exec_failed = 127;
constexpr const char* shell_program = "/bin/sh";

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (const auto& text : strings) result.push_back(const_cast<char*>(text.c_str()));
    result.push_back(nullptr);
    return result;
}

[[noreturn]] void give_up(int report, bool enclosure = false) noexcept {
    const ChildFailure failed{errno, enclosure};
    [[maybe_unused]] const auto written = ::write(report, &failed, sizeof failed);
    ::_exit(exec_failed);
}

/// Waits for our word; without it, when we are gone, the child ends.
void wait_to_go(const ChildPlan& plan) noexcept {
    if (plan.go_read < 0) return;
    ::close(plan.go_write);  // else its own copy keeps the line open
    char word = 0;
    ssize_t n = 0;
    do n = ::read(plan.go_read, &word, 1);
    while (n < 0 && errno == EINTR);
    if (n != 1) ::_exit(exec_failed);
}

void place_descriptors(ChildPlan& plan) noexcept {
    const int parked = ::fcntl(plan.report, F_DUPFD_CLOEXEC, parking_place);
    if (parked < 0) give_up(plan.report);
    plan.report = parked;
    for (auto& fd : plan.descriptors) {
        fd.ours = ::fcntl(fd.ours, F_DUPFD_CLOEXEC, parking_place);
        if (fd.ours < 0) give_up(plan.report);
    }
    os::close_on_exec_from(3, plan.descriptor_limit);
    for (const auto& fd : plan.descriptors) {
        if (::dup2(fd.ours, fd.child) < 0) give_up(plan.report);
    }
}

/// The child's side. Signals are still blocked: a handler of ours must not run here.
[[noreturn]] void become(ChildPlan& plan) noexcept {
    if (plan.options.own_group) ::setpgid(0, 0);
    wait_to_go(plan);
    place_descriptors(plan);
    if (plan.options.enclosure != nullptr) {
        errno = plan.options.enclosure->enter();
        if (errno != 0) give_up(plan.report, true);
    }
    if (!plan.options.folder.empty() && ::chdir(plan.options.folder.c_str()) != 0) give_up(plan.report);
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    if (plan.options.bears_full_files) ::signal(SIGXFSZ, SIG_IGN);
    if (plan.options.death_signal != 0 && !os::die_with_parent(plan.options.death_signal, plan.parent)) {
        ::_exit(exec_failed);
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(plan.file.c_str(), plan.argv.data(), plan.envp.data());
    if (errno == ENOEXEC && plan.options.plain_scripts)
        ::execve(shell_program, plan.shell_argv.data(), plan.envp.data());
    give_up(plan.report);
}

}  // namespace

ChildPlan::ChildPlan(const ProcessOptions& from, std::string program, int null)
    : options{from},
      file{std::move(program)},
      argv{pointers(from.arguments)},
      envp{pointers(from.environment)},
      descriptors{from.descriptors} {
    shell_argv = argv;
    shell_argv.front() = const_cast<char*>(file.c_str());
    shell_argv.insert(shell_argv.begin(), const_cast<char*>(shell_program));
    for (int standard = 0; standard < 3; ++standard) {
        auto same = [standard](const PassedFd& fd) { return fd.child == standard; };
        if (std::none_of(descriptors.begin(), descriptors.end(), same)) {
            descriptors.push_back({standard, null});
        }
    }
    descriptor_limit = static_cast<int>(::sysconf(_SC_OPEN_MAX));
    parent = ::getpid();
}

pid_t fork_child(ChildPlan& plan) {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t child = ::fork();
    if (child == 0) become(plan);
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return child;
}

ChildFailure read_failure(int fd) {
    ChildFailure failed;
    ssize_t n = 0;
    do n = ::read(fd, &failed, sizeof failed);
    while (n < 0 && errno == EINTR);
    return n == sizeof failed ? failed : ChildFailure{};
}

}  // namespace platform
