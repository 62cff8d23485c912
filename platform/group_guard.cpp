#include "platform/group_guard.hpp"

#include <string>

#include "platform/pipe.hpp"

namespace platform {

GroupGuard::GroupGuard(const net::any_io_executor& executor, pid_t group) {
    auto line = make_pipe();
    if (!line) return;
    ProcessOptions options;
    // The form of POSIX: dash refuses a group after `kill -KILL --`.
    options.arguments = {"/bin/sh", "-c", "read -r line || kill -s KILL -- \"-$1\"", "bmc-guard",
                         std::to_string(group)};
    options.descriptors = {{0, line->read.get()}};
    auto shell = Process::spawn(executor, options);
    if (!shell) return;
    line_ = std::move(line->write);
    shell_.emplace(std::move(*shell));
}

}  // namespace platform
