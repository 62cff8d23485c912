// What a process inherits from its parent, and must not depend on: signal dispositions and mask, limits, and
// number 1 of a container. Called at the beginning of main, before any thread.
#pragma once

#include <cstdint>

namespace platform {

/// Signals have their default effect again and none is blocked, so that children are waited for (SIGCHLD) and stops are
/// heard; SIGHUP stays ignored where it was (nohup). The soft limit of open files is raised to the hard one.
void shed_inherited();

/// Whether the parent wants us to outlive the terminal (nohup).
bool ignores_hang_up();

/// Whether a terminal controls this process, so that a SIGHUP means that the terminal has closed.
bool has_terminal();

/// How many files this process and its children may have open; 0 where the system does not tell.
std::uint64_t open_files_limit();

/// As process 1 of a container (no init there): forks. The child goes on as the agent, in a new process group; the
/// parent passes signals on, reaps every orphan that the kernel gives to process 1, and ends as the child does.
/// Anywhere else nothing happens.
void be_init_where_first();

}  // namespace platform
