// A child between fork and exec: all that it needs is made before the fork, since after it nothing may be allocated.
// Inside platform/process only.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "platform/process/process.hpp"

namespace platform {

/// Points into itself and into the options, which outlive it.
struct ChildPlan {
    /// `file`: the program that is executed. `null`: an open /dev/null, for standard descriptors that are not passed.
    ChildPlan(const ProcessOptions& options, std::string file, int null);
    ChildPlan(const ChildPlan&) = delete;
    ChildPlan& operator=(const ChildPlan&) = delete;

    const ProcessOptions& options;
    std::string file;
    std::vector<char*> argv;
    std::vector<char*> shell_argv;  // for a script without `#!`: the shell, the file, the other arguments
    std::vector<char*> envp;
    std::vector<PassedFd> descriptors;  // with 0, 1 and 2 filled in
    int report = -1;                    // what failed is written there; exec closes it
    int go_read = -1;                   // with before_exec: a byte comes when the child may go on
    int go_write = -1;                  // our end of it
    int descriptor_limit = 0;
    pid_t parent = 0;
};

/// What the child reports about a step that failed.
struct ChildFailure {
    int error = 0;           // errno; 0: it became its program
    bool enclosure = false;  // it could not enter its enclosure
};

/// Forks with all signals blocked, so that the child begins with none of our handlers able to run. Returns the child's
/// pid to us; the child itself becomes its program. Negative: errno says why there is no child.
pid_t fork_child(ChildPlan& plan);

/// Blocks until the pipe closes, because exec has happened, or until the failed step comes.
ChildFailure read_failure(int fd);

}  // namespace platform
