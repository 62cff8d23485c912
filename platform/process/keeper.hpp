// A command of which nothing may stay, and its keeper: a process of this program between us and the command. What loses
// its parent below the keeper becomes the keeper's child (Linux), whatever group, session or environment it has by
// then. The keeper kills all that is left when we say so, and when we are gone, however we end.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "platform/process/process.hpp"

namespace platform {

/// In main, before anything else: where this process was started as a keeper, it does a keeper's work and ends here.
void be_keeper_where_named(int argc, char** argv);

class KeptProcess {
  public:
    /// Starts keeper and command; the command leads a group, and has our 0, 1 and 2. The Error is that of the
    /// command's failed step, as with Process::spawn(). Of the options: arguments, environment, and before_exec, which
    /// is told the command's pid. If the keeper is killed while the command starts, this is no Error: wait()
    /// returns SIGKILL. The command's children may then still run, as after a later kill.
    /// `entry`: a "NAME=value" that the command has in its environment beside the others, and the keeper has not.
    static Result<KeptProcess> spawn(const net::any_io_executor& executor, const ProcessOptions& options,
                                     const std::string& entry);

    KeptProcess(KeptProcess&&) noexcept;
    KeptProcess& operator=(KeptProcess&&) noexcept;
    /// Has the keeper kill what still runs, and waits for that; a second at most, after which the keeper goes on alone.
    ~KeptProcess();

    /// The end of the command itself. One waiter at a time; may be cancelled and called again.
    awaitable<Result<ExitStatus>> wait();

    /// To the command's whole group, which may outlive it.
    void signal_group(int number) noexcept;
    /// Whether anything of the group still runs.
    bool group_lives() const;

    /// Kills what still runs of all that descends from the command. Returns when it has ended.
    awaitable<void> end_all();

  private:
    struct Impl;
    explicit KeptProcess(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace platform
