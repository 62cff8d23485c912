#include "platform/group_guard.hpp"

#include <string>

#include "platform/pipe.hpp"

namespace platform {
namespace {

/// The form of POSIX: dash refuses a group after `kill -KILL --`. The mark stands in the environment, so that whoever
/// looks for it does not find the guard.
constexpr const char* script = R"sh(read -r line || {
    kill -s KILL -- "-$1"
    [ -z "$MARK" ] || for file in $(grep -lsF -e "$MARK" /proc/[0-9]*/cmdline); do
        pid=${file#/proc/}
        pid=${pid%/cmdline}
        kill -s KILL "$pid"
    done
})sh";

}  // namespace

GroupGuard::GroupGuard(const net::any_io_executor& executor, pid_t group, const std::string& mark) {
    auto line = make_pipe();
    if (!line) return;
    ProcessOptions options;
    options.arguments = {"/bin/sh", "-c", script, "bmc-guard", std::to_string(group)};
    options.environment = {"PATH=/usr/bin:/bin", "MARK=" + mark};
    options.descriptors = {{0, line->read.get()}};
    auto shell = Process::spawn(executor, options);
    if (!shell) return;
    line_ = std::move(line->write);
    shell_.emplace(std::move(*shell));
}

}  // namespace platform
