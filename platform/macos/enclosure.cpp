// macOS has neither mounts of a process's own nor Landlock.
#ifdef __APPLE__

#include "platform/process/enclosure.hpp"

#include <cerrno>

namespace platform {

Result<std::unique_ptr<Enclosure>> plan_mounts(const EnclosureWish&) {
    return Error{ENOSYS, boost::system::system_category()};
}

Result<std::unique_ptr<Enclosure>> plan_landlock(const EnclosureWish&) {
    return Error{ENOSYS, boost::system::system_category()};
}

}  // namespace platform

#endif
