// Ends a child's whole process group when we are gone, however we end: SIGKILL leaves us no time to do it ourselves,
// and the kernel's death signal reaches the child alone, not its children.
#pragma once

#include <optional>
#include <string>

#include "platform/process/process.hpp"
#include "platform/unique_fd.hpp"

namespace platform {

/// Watches one group for as long as it lives. Made in ProcessOptions::before_exec, so that the child never runs
/// unguarded. Destroyed first, where the group may outlive the child on purpose.
class GroupGuard {
  public:
    GroupGuard() = default;
    /// A shell that waits for our end and then kills the group. Without a shell or a pipe there is no guard, and the
    /// death signal is all there is.
    /// `mark`: also kills every process of this user that has it in its command line (where there is a /proc), for
    /// those that leave the group; empty: none.
    /// `entry`: likewise every process that has this "NAME=value" in its environment.
    GroupGuard(const net::any_io_executor& executor, pid_t group, const std::string& mark = {},
               const std::string& entry = {});

  private:
    UniqueFd line_;  // ends with us, however we end: that wakes the shell
    std::optional<Process> shell_;
};

}  // namespace platform
