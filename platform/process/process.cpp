#include "platform/process/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "platform/os_error.hpp"
#include "platform/process/enclosure.hpp"
#include "platform/process/os.hpp"
#include "platform/process/pipe.hpp"
#include "platform/process/program.hpp"

extern char** environ;

namespace platform {
namespace {

/// How long a destructor waits for a child that it has killed; one in an uninterruptible sleep must not hold us.
constexpr int reap_limit_ms = 1000;
/// Passed descriptors are first moved up here, so that no source is overwritten by an earlier target.
constexpr int parking_place = 16;
constexpr int exec_failed = 127;
constexpr const char* shell = "/bin/sh";

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (const auto& text : strings) result.push_back(const_cast<char*>(text.c_str()));
    result.push_back(nullptr);
    return result;
}

std::string_view path_in(const std::vector<std::string>& environment) {
    constexpr std::string_view name = "PATH=";
    for (const auto& entry : environment) {
        if (entry.starts_with(name)) return std::string_view{entry}.substr(name.size());
    }
    return usual_path;
}

/// All that the child needs, made before the fork: after it, nothing may be allocated.
struct Plan {
    const ProcessOptions& options;
    std::string file;
    std::vector<char*> argv;
    std::vector<char*> shell_argv;  // for a script without `#!`: the shell, the file, the other arguments
    std::vector<char*> envp;
    std::vector<PassedFd> descriptors;  // with 0, 1 and 2 filled in
    int report = -1;                    // errno of the failed step goes here; exec closes it
    int go_read = -1;                   // with before_exec: a byte comes when the child may go on
    int go_write = -1;                  // our end of it
    int descriptor_limit = 0;
    pid_t parent = 0;
};

/// What the child tells of a step that failed.
struct Report {
    int error = 0;
    bool enclosure = false;  // it could not enter its enclosure
};

[[noreturn]] void give_up(int report, bool enclosure = false) noexcept {
    const Report failed{errno, enclosure};
    [[maybe_unused]] const auto written = ::write(report, &failed, sizeof failed);
    ::_exit(exec_failed);
}

/// Waits for our word; without it, when we are gone, the child ends.
void wait_to_go(const Plan& plan) noexcept {
    if (plan.go_read < 0) return;
    ::close(plan.go_write);  // else its own copy keeps the line open
    char word = 0;
    ssize_t n = 0;
    do n = ::read(plan.go_read, &word, 1);
    while (n < 0 && errno == EINTR);
    if (n != 1) ::_exit(exec_failed);
}

void place_descriptors(Plan& plan) noexcept {
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
[[noreturn]] void become(Plan& plan) noexcept {
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
    if (errno == ENOEXEC && plan.options.plain_scripts) ::execve(shell, plan.shell_argv.data(), plan.envp.data());
    give_up(plan.report);
}

/// Forks with all signals blocked, so that the child begins with none of our handlers able to run.
pid_t fork_quietly(Plan& plan) {
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

/// Blocks until exec has happened (the pipe closes) or a step has failed (its errno comes). Milliseconds.
Report read_report(int fd) {
    Report failed;
    ssize_t n = 0;
    do n = ::read(fd, &failed, sizeof failed);
    while (n < 0 && errno == EINTR);
    return n == sizeof failed ? failed : Report{};
}

ExitStatus decode(int status) {
    if (WIFSIGNALED(status)) return {true, WTERMSIG(status)};
    return {false, WEXITSTATUS(status)};
}

}  // namespace

std::string ExitStatus::describe() const {
    if (!signalled) return "exit status " + std::to_string(code);
    return "signal " + std::to_string(code) + " (" + ::strsignal(code) + ")";
}

struct Process::Impl {
    pid_t pid = -1;
    bool own_group = true;
    bool let_go = false;
    std::optional<ExitStatus> ended;
    net::posix::stream_descriptor exit_watch;

    Impl(const net::any_io_executor& executor, pid_t child, bool group, UniqueFd watch)
        : pid{child}, own_group{group}, exit_watch{executor, watch.release()} {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    ~Impl() {
        if (poll() || let_go) return;
        ::kill(own_group ? -pid : pid, SIGKILL);
        pollfd watched{exit_watch.native_handle(), POLLIN, 0};
        ::poll(&watched, 1, reap_limit_ms);
        poll();
    }

    std::optional<ExitStatus> poll() {
        if (ended) return ended;
        int status = 0;
        const pid_t reaped = ::waitpid(pid, &status, WNOHANG);
        if (reaped == pid) ended = decode(status);
        // Somebody else's wait took it, or the kernel did (SIGCHLD is ignored): it is no child of ours any more.
        if (reaped < 0 && errno == ECHILD) ended = ExitStatus{false, lost_status};
        return ended;
    }

    static awaitable<Result<ExitStatus>> wait(Impl& self) {
        for (;;) {
            const auto ended = self.poll();
            if (ended) co_return *ended;
            auto [ec] = co_await self.exit_watch.async_wait(net::posix::stream_descriptor::wait_read, no_throw);
            if (ec) co_return ec;
        }
    }
};

Result<Process> Process::spawn(const net::any_io_executor& executor, const ProcessOptions& options) {
    if (options.arguments.empty()) return Error{EINVAL, boost::system::generic_category()};
    const auto& program = options.program.empty() ? options.arguments.front() : options.program;
    auto file = find_program(program, path_in(options.environment));
    if (!file) return file.error();
    auto pipe = make_pipe();
    if (!pipe) return pipe.error();
    const UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    if (!null) return last_error();

    Plan plan{
        options, std::move(*file), pointers(options.arguments), {}, pointers(options.environment), options.descriptors};
    plan.shell_argv = plan.argv;
    plan.shell_argv.front() = const_cast<char*>(plan.file.c_str());
    plan.shell_argv.insert(plan.shell_argv.begin(), const_cast<char*>(shell));
    for (int standard = 0; standard < 3; ++standard) {
        auto same = [standard](const PassedFd& fd) { return fd.child == standard; };
        if (std::none_of(plan.descriptors.begin(), plan.descriptors.end(), same)) {
            plan.descriptors.push_back({standard, null.get()});
        }
    }
    plan.report = pipe->write.get();
    std::optional<Pipe> go;
    if (options.before_exec) {
        auto line = make_pipe();
        if (!line) return line.error();
        go = std::move(*line);
        plan.go_read = go->read.get();
        plan.go_write = go->write.get();
    }
    plan.descriptor_limit = static_cast<int>(::sysconf(_SC_OPEN_MAX));
    plan.parent = ::getpid();

    const pid_t child = fork_quietly(plan);
    if (child < 0) return last_error();
    if (options.own_group) ::setpgid(child, child);  // in parent and child: either may come first
    pipe->write.reset();
    // Before the word to go: where SIGCHLD is ignored, nothing is left of a child that has ended.
    auto watch = os::watch_exit(child);
    if (go) {
        options.before_exec(child);
        [[maybe_unused]] const auto written = ::write(go->write.get(), "g", 1);
    }
    const auto [failed, enclosure] = read_report(pipe->read.get());
    if (enclosure) options.enclosure->refused(failed);
    if (failed != 0 || !watch) {
        if (failed == 0) ::kill(options.own_group ? -child : child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        if (!watch) return watch.error();
        return Error{failed, boost::system::system_category()};
    }
    return Process{std::make_unique<Impl>(executor, child, options.own_group, std::move(*watch))};
}

Process::Process(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Process::Process(Process&&) noexcept = default;
Process& Process::operator=(Process&&) noexcept = default;
Process::~Process() = default;

void Process::let_go() noexcept {
    impl_->let_go = true;
}

pid_t Process::pid() const noexcept {
    return impl_->pid;
}

awaitable<Result<ExitStatus>> Process::wait() {
    return Impl::wait(*impl_);
}

std::optional<ExitStatus> Process::poll() {
    return impl_->poll();
}

void Process::signal(int number) noexcept {
    if (!impl_->poll()) ::kill(impl_->pid, number);
}

void Process::signal_group(int number) noexcept {
    if (impl_->own_group) ::kill(-impl_->pid, number);
}

bool Process::group_lives() const {
    return impl_->own_group && (::kill(-impl_->pid, 0) == 0 || errno == EPERM) && os::has_live_member(impl_->pid);
}

std::vector<std::string> pick_environment(const std::vector<std::string_view>& names) {
    std::vector<std::string> picked;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text{*variable};
        const auto name = text.substr(0, text.find('='));
        auto matches = [name](std::string_view pattern) {
            if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
            return name == pattern;
        };
        if (std::any_of(names.begin(), names.end(), matches)) picked.emplace_back(text);
    }
    return picked;
}

}  // namespace platform
