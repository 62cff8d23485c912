#include "agent/daemon/step.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "platform/crypto.hpp"
#include "platform/log/log.hpp"
#include "platform/wait.hpp"

namespace agent::daemon {

using namespace std::chrono_literals;

namespace {

/// How often a group is looked at that has lost its leader: the kernel tells nobody of a group's end.
constexpr auto group_look = 50ms;
constexpr std::string_view entry_name = "BMC_STEP=";
constexpr std::size_t entry_bytes = 16;  // of randomness
constexpr int stray_looks = 3;
constexpr int not_executable = 126;
constexpr int not_found = 127;

}  // namespace

Step::Step(net::any_io_executor executor, std::vector<std::string> command, std::vector<std::string> environment)
    : executor_{std::move(executor)},
      command_{std::move(command)},
      environment_{std::move(environment)},
      entry_{std::string(entry_name) + platform::hex(platform::random_bytes(entry_bytes))},
      limit_{executor_, TimePoint::max()} {}

awaitable<int> Step::run() {
    if (!start()) co_return code_;
    co_await wait_for_end();
    co_await wait_for_group();
    take_terminal_back();
    co_await process_->end_all();
    end_strays();
    co_return code_;
}

bool Step::start() {
    platform::ProcessOptions options;
    options.arguments = command_;
    options.environment = environment_;
    // An agent within a step is another step: of two entries the later one would count.
    std::erase_if(options.environment, [](const std::string& entry) { return entry.starts_with(entry_name); });
    options.before_exec = [this](pid_t group) {
        guard_.emplace(executor_, group, std::string{}, entry_);
        give_terminal(group);
    };
    auto process = platform::KeptProcess::spawn(executor_, options, entry_);
    if (!process) {
        const bool missing = process.error().value() == ENOENT;
        code_ = missing ? not_found : not_executable;
        platform::log::error(
            "--exec {}: {}", command_.front(),
            missing ? "there is no such program (in PATH, where the name has no slash)" : process.error().message());
        take_terminal_back();
        return false;
    }
    process_.emplace(std::move(*process));
    return true;
}

awaitable<void> Step::wait_for_end() {
    auto waiting = platform::within(limit_, process_->wait());
    auto ended = co_await std::move(waiting);
    while (!ended) {
        // The wait also returns when the grace begins.
        if (limit_.expiry() <= platform::BootClock::now()) {
            platform::log::warning("--exec {}: killed {} s after the signal", command_.front(), grace.count());
            process_->signal_group(SIGKILL);
            limit_.expires_at(TimePoint::max());
        }
        auto again = platform::within(limit_, process_->wait());
        ended = co_await std::move(again);
    }
    const auto& how = *ended;
    if (!how) {
        code_ = platform::lost_status;
        co_return;
    }
    code_ = how->signalled ? 128 + how->code : how->code;
    // A cancelled step has not passed, whatever its traps made of the signal.
    if (code_ == 0 && signalled_ != 0) code_ = 128 + signalled_;
}

// What the command left in its group ends too. A shell's children in the background ignore SIGINT: SIGTERM is for them.
awaitable<void> Step::wait_for_group() {
    if (!process_->group_lives()) co_return;
    if (signalled_ == 0) signal(SIGTERM);
    if (signalled_ != SIGTERM) process_->signal_group(SIGTERM);
    platform::Timer look{executor_};
    while (process_->group_lives()) {
        if (limit_.expiry() <= platform::BootClock::now()) co_return process_->signal_group(SIGKILL);
        look.expires_after(group_look);
        co_await platform::expiry(look);
    }
}

void Step::signal(int number) {
    if (!process_) return;
    if (signalled_ != 0) return process_->signal_group(SIGKILL);
    signalled_ = number;
    limit_.expires_after(grace);
    process_->signal_group(number);
    process_->signal_group(SIGCONT);  // a stopped one would sleep through it
}

// A group in the background could neither read the terminal nor hear its Ctrl-C.
void Step::give_terminal(pid_t group) {
    if (::isatty(STDIN_FILENO) == 0 || ::tcgetpgrp(STDIN_FILENO) != ::getpgrp()) return;
    // From now on we are the ones in the background, who still log and take the terminal back.
    std::signal(SIGTTOU, SIG_IGN);
    has_terminal_ = ::tcsetpgrp(STDIN_FILENO, group) == 0;
}

void Step::take_terminal_back() {
    if (has_terminal_) ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
    has_terminal_ = false;
}

// Those that a keeper loses when it is killed itself. The next look finds processes that start meanwhile; the guard
// looks too, where the agent does not come this far.
void Step::end_strays() const {
    for (int look = 0; look < stray_looks; ++look) {
        const auto strays = platform::find_processes_with(entry_);
        if (strays.empty()) return;
        for (const pid_t pid : strays) ::kill(pid, SIGKILL);
    }
}

}  // namespace agent::daemon
