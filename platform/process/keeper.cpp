#include "platform/process/keeper.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "platform/os_error.hpp"
#include "platform/process/os.hpp"
#include "platform/wait.hpp"

namespace platform {
namespace {

using namespace net::experimental::awaitable_operators;
using namespace std::chrono_literals;
using Line = net::local::stream_protocol::socket;

constexpr const char* keeper_name = "bmc-keeper";
constexpr int line_number = 3;  // the keeper's end of the line to us
/// From the word to end all to the end of the keeper: longer only where the kernel does not let a process end.
constexpr auto end_limit = 5s;
/// The same where it is waited for without the loop.
constexpr int keeper_limit_ms = 1000;

/// One word on the line.
struct Word {
    enum Kind : std::int32_t {
        group,    // to us: the command's pid; it waits
        go,       // to the keeper: it may begin
        started,  // to us
        failed,   // to us: errno of the step that failed
        exited,   // to us: the command's exit status
        killed,   // to us: the signal that ended the command
    };
    std::int32_t kind = group;
    std::int32_t value = 0;
};

bool send_word(int line, Word::Kind kind, int value) {
    const Word word{kind, value};
    return ::send(line, &word, sizeof word, MSG_NOSIGNAL) == sizeof word;
}

/// Blocks. Nothing: the other end is gone.
std::optional<Word> next_word(int line) {
    Word word;
    ssize_t n = 0;
    do n = ::recv(line, &word, sizeof word, MSG_WAITALL);
    while (n < 0 && errno == EINTR);
    if (n != sizeof word) return std::nullopt;
    return word;
}

// --- the keeper's side

awaitable<void> report_end(Process& command, int line) {
    const auto how = co_await command.wait();
    if (!how) co_return;
    send_word(line, how->signalled ? Word::killed : Word::exited, how->code);
}

awaitable<void> wait_for_close(Line& line) {
    char none = 0;
    co_await line.async_read_some(net::buffer(&none, 1), no_throw);
}

/// Ctrl-Z at the terminal would leave a browser under remote control behind a command that never ends: it goes on.
void go_on_where_stopped(pid_t command) {
    siginfo_t what{};
    if (::waitid(P_PID, static_cast<id_t>(command), &what, WSTOPPED | WNOHANG) != 0 || what.si_pid == 0) return;
    if (::isatty(STDIN_FILENO) != 0 && ::tcgetpgrp(STDIN_FILENO) == command) ::kill(-command, SIGCONT);
}

/// Reaps what was given to us: no zombie stays as long as the command runs.
awaitable<void> reap_others(pid_t command) {
    const auto executor = co_await net::this_coro::executor;
    net::signal_set changed{executor, SIGCHLD};
    for (;;) {
        // First what came before the signals were listened to: the command has begun by then.
        go_on_where_stopped(command);
        for (const pid_t child : os::children()) {
            if (child != command) ::waitpid(child, nullptr, WNOHANG);
        }
        const auto [ec, number] = co_await changed.async_wait(no_throw);
        if (ec) co_return;
    }
}

/// Never ends.
awaitable<void> look_after(Process& command) {
    const pid_t pid = command.pid();
    co_await (report_end(command, line_number) && reap_others(pid));
}

/// What a killed one leaves becomes ours: it is among the next.
void kill_all() {
    for (;;) {
        bool killed = false;
        for (const pid_t child : os::children()) killed = ::kill(child, SIGKILL) == 0 || killed;
        if (!killed) return;
        ::waitpid(-1, nullptr, 0);
        while (::waitpid(-1, nullptr, WNOHANG) > 0) {
        }
    }
}

Result<Process> start(const net::any_io_executor& executor, int argc, char** argv) {
    ProcessOptions options;
    options.arguments.assign(argv + 2, argv + argc);
    options.environment = pick_environment({"*"});
    options.environment.emplace_back(argv[1]);
    options.descriptors = {{0, 0}, {1, 1}, {2, 2}};
    options.death_signal = SIGKILL;
    options.plain_scripts = true;
    options.before_exec = [](pid_t command) {
        const auto told = send_word(line_number, Word::group, command) ? next_word(line_number) : std::nullopt;
        if (!told) ::_exit(1);  // we are gone: the command has not begun, and ends
    };
    return Process::spawn(executor, options);
}

[[noreturn]] void keep(int argc, char** argv) {
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE}) {
        std::signal(number, SIG_IGN);  // they are the command's; we end with its end
    }
    os::adopt_orphans(keeper_name);
    net::io_context io{1};
    {
        auto command = start(io.get_executor(), argc, argv);
        if (!command) {
            send_word(line_number, Word::failed, command.error().value());
            ::_exit(1);
        }
        send_word(line_number, Word::started, 0);
        Line line{io, net::local::stream_protocol{}, line_number};
        auto work = [&]() -> awaitable<void> { co_await (wait_for_close(line) || look_after(*command)); };
        net::co_spawn(io, work, rethrow);
        io.run();
    }
    kill_all();
    ::_exit(0);
}

}  // namespace

void be_keeper_where_named(int argc, char** argv) {
    if (argc > 2 && std::strcmp(argv[0], keeper_name) == 0) keep(argc, argv);
}

// --- our side

struct KeptProcess::Impl {
    Impl(Process process, Line to, pid_t command) : keeper{std::move(process)}, line{std::move(to)}, pid{command} {}

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    /// The keeper has to end by itself: killed, it would leave what it keeps. Where the limit is over it goes on.
    ~Impl() {
        if (keeper.poll()) return;
        const auto end = os::watch_exit(keeper.pid());
        Error ignored;
        line.shutdown(Line::shutdown_send, ignored);
        pollfd watched{end ? end->get() : -1, POLLIN, 0};
        if (end) ::poll(&watched, 1, keeper_limit_ms);
        if (!keeper.poll()) keeper.let_go();
    }

    static awaitable<Result<ExitStatus>> wait(Impl& self) {
        if (self.ended) co_return *self.ended;
        auto [ec, size] = co_await net::async_read(self.line, net::buffer(&self.word, sizeof self.word), no_throw);
        if (ec == net::error::operation_aborted) co_return ec;
        // Without a word the keeper itself was killed, and the command with it.
        self.ended = ec ? ExitStatus{true, SIGKILL} : ExitStatus{self.word.kind == Word::killed, self.word.value};
        co_return *self.ended;
    }

    static awaitable<void> end_all(Impl& self) {
        Error ignored;
        self.line.shutdown(Line::shutdown_send, ignored);
        Timer limit{self.line.get_executor()};
        limit.expires_after(end_limit);
        auto ending = within(limit, self.keeper.wait());
        co_await std::move(ending);
    }

    Process keeper;
    Line line;
    pid_t pid;
    Word word;
    std::optional<ExitStatus> ended;
};

Result<KeptProcess> KeptProcess::spawn(const net::any_io_executor& executor, const ProcessOptions& options,
                                       const std::string& entry) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return last_error();
    UniqueFd ours{ends[0]};
    UniqueFd theirs{ends[1]};
    for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);

    ProcessOptions keeper;
    keeper.program = os::own_program();
    keeper.arguments = options.arguments;
    keeper.arguments.insert(keeper.arguments.begin(), {keeper_name, entry});
    keeper.environment = options.environment;
    keeper.descriptors = {{0, 0}, {1, 1}, {2, 2}, {line_number, theirs.get()}};
    auto process = Process::spawn(executor, keeper);
    if (!process) return process.error();
    theirs.reset();  // the keeper's copy is the only one now: the line ends with it

    auto word = next_word(ours.get());
    if (word && word->kind == Word::group) {
        const pid_t command = word->value;
        if (options.before_exec) options.before_exec(command);
        send_word(ours.get(), Word::go, 0);
        word = next_word(ours.get());
        // Without a word the keeper was killed, perhaps after the command had begun: wait() tells so, and who owns us
        // ends what is left of it.
        if (!word || word->kind == Word::started) {
            Line line{executor, net::local::stream_protocol{}, ours.release()};
            return KeptProcess{std::make_unique<Impl>(std::move(*process), std::move(line), command)};
        }
    }
    return Error{word ? word->value : ECHILD, boost::system::system_category()};
}

KeptProcess::KeptProcess(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
KeptProcess::KeptProcess(KeptProcess&&) noexcept = default;
KeptProcess& KeptProcess::operator=(KeptProcess&&) noexcept = default;
KeptProcess::~KeptProcess() = default;

awaitable<Result<ExitStatus>> KeptProcess::wait() {
    return Impl::wait(*impl_);
}

void KeptProcess::signal_group(int number) noexcept {
    ::kill(-impl_->pid, number);
}

bool KeptProcess::group_lives() const {
    return (::kill(-impl_->pid, 0) == 0 || errno == EPERM) && os::has_live_member(impl_->pid);
}

awaitable<void> KeptProcess::end_all() {
    return Impl::end_all(*impl_);
}

}  // namespace platform
