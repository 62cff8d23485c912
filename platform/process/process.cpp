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
#include "platform/process/child_plan.hpp"
#include "platform/process/enclosure.hpp"
#include "platform/process/os.hpp"
#include "platform/process/pipe.hpp"
#include "platform/process/program.hpp"

extern char** environ;

namespace platform {
namespace {

/// How long a destructor waits for a child that it has killed; one in an uninterruptible sleep must not hold us.
constexpr int reap_limit_ms = 1000;

std::string_view path_in(const std::vector<std::string>& environment) {
    constexpr std::string_view name = "PATH=";
    for (const auto& entry : environment) {
        if (entry.starts_with(name)) return std::string_view{entry}.substr(name.size());
    }
    return usual_path;
}

ExitStatus decode(int status) {
    if (WIFSIGNALED(status)) return {true, WTERMSIG(status)};
    return {false, WEXITSTATUS(status)};
}

/// The pipe on which the child waits for the word to go; nothing: it does not wait.
Result<std::optional<Pipe>> make_go(const ProcessOptions& options, ChildPlan& plan) {
    if (!options.before_exec) return std::optional<Pipe>{};
    auto line = make_pipe();
    if (!line) return line.error();
    plan.go_read = line->read.get();
    plan.go_write = line->write.get();
    return std::optional<Pipe>{std::move(*line)};
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

    ChildPlan plan{options, std::move(*file), null.get()};
    plan.report = pipe->write.get();
    auto go = make_go(options, plan);
    if (!go) return go.error();

    const pid_t child = fork_child(plan);
    if (child < 0) return last_error();
    if (options.own_group) ::setpgid(child, child);  // in parent and child: either may come first
    pipe->write.reset();
    // Before the word to go: where SIGCHLD is ignored, nothing is left of a child that has ended.
    auto watch = os::watch_exit(child);
    if (*go) {
        options.before_exec(child);
        [[maybe_unused]] const auto written = ::write((*go)->write.get(), "g", 1);
    }
    const auto [failed, enclosure] = read_failure(pipe->read.get());
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
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
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
