#include "cdp/machine_facts.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "platform/unique_fd.hpp"

namespace cdp {

std::size_t shared_memory() {
    struct statvfs status {};
    if (::statvfs("/dev/shm", &status) != 0) return 0;
    return static_cast<std::size_t>(status.f_blocks) * status.f_frsize;
}

bool in_container() {
    std::error_code ignored;
    return std::filesystem::exists("/.dockerenv", ignored) || std::filesystem::exists("/run/.containerenv", ignored) ||
           std::getenv("container") != nullptr;
}

bool user_namespaces_barred() {
    const platform::UniqueFd fd{::open("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", O_RDONLY | O_CLOEXEC)};
    char value = '0';
    return fd && ::read(fd.get(), &value, 1) == 1 && value == '1';
}

}  // namespace cdp
