#include "agent/credentials/wipe.hpp"

#include <string>

#include "agent/credentials/store_files.hpp"
#include "platform/file.hpp"

namespace credentials {

Result<Lock> Wipe::try_lock() const {
    return Lock::try_take(folder_ / files::lock);
}

Error Wipe::begin(const std::vector<std::string_view>& outside) const {
    std::error_code missing;
    if (!std::filesystem::exists(folder_, missing)) return {};
    const auto hashes = marker_.hashes_of(outside);
    const Error marked = marker_.set(hashes);
    const auto lock = try_lock();
    if (lock && !marked && !owed_) return finish(*lock, WipeEnd::interrupted);
    // Without the lock the marker stays: its holder finishes. Without a marker (a full disk) erasing is all the more
    // urgent.
    const Error erased = erase_all();
    if (erased) return erased;
    if (!lock || !marked) return {};
    // Erasing made room: now the hashes can be kept.
    return marker_.refuse(hashes);
}

/// Any step may be the last before a kill: the next start goes on from the marker.
Error Wipe::finish(const Lock& lock, WipeEnd how) const {
    if (!lock.held()) return Errc::locked;
    if (!marker_.is_there()) return {};
    if (const Error ec = marker_.remember()) return ec;
    if (const Error ec = erase_all()) return ec;
    if (owed_ && owed_(how)) return Errc::owed;
    // The marker last: it knows which tokens are refused.
    return marker_.remove();
}

void Wipe::go_on() const {
    const auto lock = try_lock();
    // The holder of the lock finishes the wipe in our place.
    if (!lock) return;
    if (owed_) (void)erase_all();
    if (!owed_) (void)finish(*lock, WipeEnd::interrupted);
}

Error Wipe::erase_all() const {
    Error first;
    const auto erase = [&](const std::filesystem::path& path) {
        for (const auto& one : {path, platform::temporary_of(path)}) {
            const Error ec = platform::erase_file(one);
            if (ec && !first) first = ec;
        }
    };
    for (const auto name : files::secrets) erase(folder_ / name);
    for (const auto name : files::memories) erase(folder_ / name);
    seal_.destroy();
    return first;
}

}  // namespace credentials
