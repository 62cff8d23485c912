#include "platform/process/group_guard.hpp"

#include <string>

#include "platform/process/pipe.hpp"

namespace platform {
namespace {

/// The form of POSIX: dash refuses a group after `kill -KILL --`. The mark stands in the environment and the entry in
/// the command line, so that a search for either does not find the guard. A second look finds what was started during
/// the first.
constexpr const char* guard_script = R"sh(read -r line || {
    kill -s KILL -- "-$1"
    end() {
        for file; do
            pid=${file#/proc/}
            kill -s KILL "${pid%%/*}"
        done
    }
    for look in 1 2; do
        [ -z "$MARK" ] || end $(grep -lsF -e "$MARK" /proc/[0-9]*/cmdline)
        [ -z "$2" ] || end $(grep -lszxF -e "$2" /proc/[0-9]*/environ)
    done
})sh";

}  // namespace

GroupGuard::GroupGuard(const net::any_io_executor& executor, pid_t group, const std::string& mark,
                       const std::string& entry) {
    auto line = make_pipe();
    if (!line) return;
    ProcessOptions options;
    options.arguments = {"/bin/sh", "-c", guard_script, "bmc-guard", std::to_string(group), entry};
    options.environment = {"PATH=/usr/bin:/bin", "MARK=" + mark};
    options.descriptors = {{0, line->read.get()}};
    auto started = Process::spawn(executor, options);
    if (!started) return;
    line_ = std::move(line->write);
    shell_.emplace(std::move(*started));
}

}  // namespace platform
