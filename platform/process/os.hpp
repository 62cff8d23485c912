// The parts of platform/process/process.hpp that each operating system does in its own way. For process.cpp alone.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "platform/core/result.hpp"
#include "platform/unique_fd.hpp"

namespace platform::os {

/// In the child, between fork and exec (async-signal-safe calls only): has the kernel send `signal` when `parent` dies.
/// False where the parent is gone already.
bool die_with_parent(int signal, pid_t parent) noexcept;

/// In the child: marks all descriptors from `first` on close-on-exec. `limit` is one beyond the greatest there may be.
void close_on_exec_from(int first, int limit) noexcept;

/// A descriptor that becomes readable when the child has ended.
Result<UniqueFd> watch_exit(pid_t child);

/// The children of this process (those that wait to be reaped too), where the system tells.
std::vector<pid_t> children();

/// From now on what loses its parent below this process becomes its child, where the system can do that; `name` is what
/// process lists call us.
void adopt_orphans(const char* name) noexcept;

/// A path by which this very program can be started once more.
std::string own_program();

/// Whether a process of the group has not ended yet: one that only waits to be reaped does not count, where the system
/// tells.
bool has_live_member(pid_t group);

}  // namespace platform::os
