#include "platform/group_guard.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace platform {

GroupGuard::GroupGuard(const net::any_io_executor& executor, pid_t group) {
    int ends[2];
#ifdef __linux__
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
#else
    if (::pipe(ends) != 0) return;
    for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
#endif
    const UniqueFd read{ends[0]};
    UniqueFd write{ends[1]};
    ProcessOptions options;
    // The form of POSIX: dash refuses a group after `kill -KILL --`.
    options.arguments = {"/bin/sh", "-c", "read -r line || kill -s KILL -- \"-$1\"", "bmc-guard",
                         std::to_string(group)};
    options.descriptors = {{0, read.get()}};
    auto shell = Process::spawn(executor, options);
    if (!shell) return;
    line_ = std::move(write);
    shell_.emplace(std::move(*shell));
}

}  // namespace platform
