#include "agent/relay/spool_trouble.hpp"

#include <fmt/format.h>

namespace relay {
namespace {

/// In use or more: hardly anything is free.
std::size_t full_from(std::size_t most) {
    return most - most / spool_free_part;
}

}  // namespace

std::string spool_trouble(const SpoolSettings& settings, const SpoolUse& use) {
    if (use.disk_room < spool_least_room) {
        return fmt::format("{}: its file system has {} bytes left", settings.folder, use.disk_room);
    }
    if (use.bytes >= full_from(settings.quota)) {
        return fmt::format("{}: {} of {} bytes (spool.quota) are in use", settings.folder, use.bytes, settings.quota);
    }
    if (use.files >= full_from(settings.max_files)) {
        return fmt::format("{}: {} of {} files (spool.max_files) are there", settings.folder, use.files,
                           settings.max_files);
    }
    return {};
}

}  // namespace relay
