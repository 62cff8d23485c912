#include "platform/http/connection_places.hpp"

#include <algorithm>

namespace platform {

ConnectionPlaces::Admission ConnectionPlaces::admit(std::optional<unsigned> user, bool reserved) {
    Admission admission;
    const bool beyond_own = !reserved && count_of(user) >= limits_.one;
    const bool full = count(reserved) >= (reserved ? limits_.reserved : limits_.others);
    if (beyond_own || full) {
        admission.leaves = oldest_waiting(reserved, beyond_own ? &user : nullptr);
        if (!admission.leaves) return admission;
        leave(*admission.leaves);
    }
    entries_.push_back({++counter_, user, reserved, counter_});
    admission.admitted = counter_;
    return admission;
}

void ConnectionPlaces::busy(Id id) {
    if (auto* entry = find(id)) entry->waits_since.reset();
}

void ConnectionPlaces::waiting(Id id) {
    if (auto* entry = find(id)) entry->waits_since = ++counter_;
}

void ConnectionPlaces::leave(Id id) {
    std::erase_if(entries_, [id](const Entry& entry) { return entry.id == id; });
}

std::vector<ConnectionPlaces::Id> ConnectionPlaces::all_waiting() const {
    std::vector<Id> ids;
    for (const auto& entry : entries_) {
        if (entry.waits_since) ids.push_back(entry.id);
    }
    return ids;
}

std::size_t ConnectionPlaces::count(bool reserved) const {
    const auto same = [reserved](const Entry& entry) { return entry.reserved == reserved; };
    return static_cast<std::size_t>(std::ranges::count_if(entries_, same));
}

std::size_t ConnectionPlaces::count_of(std::optional<unsigned> user) const {
    const auto theirs = [user](const Entry& entry) { return !entry.reserved && entry.user == user; };
    return static_cast<std::size_t>(std::ranges::count_if(entries_, theirs));
}

std::optional<ConnectionPlaces::Id> ConnectionPlaces::oldest_waiting(bool reserved,
                                                                     const std::optional<unsigned>* user) const {
    const Entry* found = nullptr;
    std::size_t most = 0;
    for (const auto& entry : entries_) {
        if (!entry.waits_since || entry.reserved != reserved || (user != nullptr && entry.user != *user)) continue;
        const auto theirs = reserved ? 0 : count_of(entry.user);
        const bool older = found == nullptr || *entry.waits_since < *found->waits_since;
        if (found != nullptr && (theirs < most || (theirs == most && !older))) continue;
        found = &entry;
        most = theirs;
    }
    return found == nullptr ? std::nullopt : std::optional(found->id);
}

ConnectionPlaces::Entry* ConnectionPlaces::find(Id id) {
    const auto found = std::ranges::find(entries_, id, &Entry::id);
    return found == entries_.end() ? nullptr : &*found;
}

}  // namespace platform
