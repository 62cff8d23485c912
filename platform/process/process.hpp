// Child processes: an argument list without a shell, exactly the descriptors and environment that were asked for, and a
// death that can be awaited. Used for the browser and for hooks.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/net.hpp"
#include "platform/unique_fd.hpp"

namespace platform {

class Enclosure;  // platform/process/enclosure.hpp

/// A descriptor that the child gets under another number. All others are closed in the child.
struct PassedFd {
    int child = -1;
    int ours = -1;
};

struct ProcessOptions {
    /// [0] is the program: a path, or a bare name that is looked up in the PATH of `environment`.
    std::vector<std::string> arguments;
    std::string program;                   // the executed file, where [0] is only a name for people; empty: [0]
    std::vector<std::string> environment;  // "NAME=value": the whole environment, nothing is inherited
    std::string folder;                    // working directory; empty: ours
    std::vector<PassedFd> descriptors;     // 0, 1 and 2 are /dev/null unless they stand here
    /// A new process group, so that signal_group() reaches its children too.
    bool own_group = true;
    /// Sent by the kernel when we die, however that happens; 0: none. Spawn from the main thread only: the kernel
    /// looks at the death of the thread. (Linux; elsewhere the caller needs another way, such as a pipe that ends.)
    int death_signal = 0;
    /// A file that reaches the limit of its size (RLIMIT_FSIZE) is a failed write to the child, not its end.
    bool bears_full_files = false;
    /// A script without a `#!` line is run by /bin/sh, as shells and env(1) do; else it is no program (ENOEXEC).
    bool plain_scripts = false;
    /// Called here once the child is there (with its group) and waits: it becomes the program when this returns, and
    /// ends when we do before that.
    std::function<void(pid_t child)> before_exec;
    /// What the child finds of the file system; null: what we find. Where it cannot be entered nothing is started, and
    /// the enclosure knows why.
    Enclosure* enclosure = nullptr;
};

/// The exit status of a child whose status somebody else reaped (ECHILD): it ended, nobody knows how.
inline constexpr int lost_status = 255;

/// How a process ended.
struct ExitStatus {
    bool signalled = false;
    int code = 0;  // exit status, or the signal's number; lost_status where somebody else has taken it

    bool success() const noexcept { return !signalled && code == 0; }
    /// "exit status 21", "signal 9 (Killed)"
    std::string describe() const;
};

/// One child. Destroying it kills what still runs of its group with SIGKILL and reaps the child: a Process never leaves
/// an orphan or a zombie behind.
class Process {
  public:
    /// Starts the child. The Error is that of the failed step, exec included: a missing program is ENOENT here, one
    /// that may not be executed EACCES.
    static Result<Process> spawn(const net::any_io_executor& executor, const ProcessOptions& options);

    Process(Process&&) noexcept;
    Process& operator=(Process&&) noexcept;
    ~Process();

    pid_t pid() const noexcept;

    /// Waits for the end, and reaps. One waiter at a time; may be cancelled and called again. After the end it returns
    /// at once. An Error other than net::error::operation_aborted is an exhausted system.
    awaitable<Result<ExitStatus>> wait();

    /// How it ended, if that is known already. Never blocks.
    std::optional<ExitStatus> poll();

    /// Leaves a child that still runs to itself from now on: for a program of the person's own, such as a browser.
    void let_go() noexcept;

    /// To the child alone. Nothing happens once it was reaped.
    void signal(int number) noexcept;
    /// To its whole process group, which may outlive the child itself.
    void signal_group(int number) noexcept;
    /// Whether anything of its group still runs, the child itself included.
    bool group_lives() const;

  private:
    struct Impl;
    explicit Process(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Those variables of our environment that stand in `names` (a trailing `*` matches any ending, and "*" is all of
/// them), as "NAME=value".
std::vector<std::string> pick_environment(const std::vector<std::string_view>& names);

/// Names a process beyond reuse of its pid: the kernel's start time of it, or nothing where there is no such process.
std::optional<std::uint64_t> process_start_time(pid_t pid);

/// The pids of processes of this user whose command line has an argument for which `wanted` says yes. Linux reads
/// /proc; elsewhere the list is empty.
std::vector<pid_t> find_processes(const std::function<bool(std::string_view argument)>& wanted);

/// The pids of processes of this user, other than ours, that have `entry` ("NAME=value") in their environment: it is
/// inherited, so all descendants of a child that was started with it are found, whatever group or parent they have now.
/// Linux reads /proc; elsewhere the list is empty.
std::vector<pid_t> find_processes_with(std::string_view entry);

/// Resident memory, in bytes, of a process group (proportional where the system tells that).
std::size_t group_memory(pid_t group);

}  // namespace platform
